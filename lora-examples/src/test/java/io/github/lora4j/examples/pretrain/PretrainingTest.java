// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.pretrain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.data.Example;
import io.github.lora4j.examples.quickstart.Bundle;
import io.github.lora4j.generate.GenerationConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainingTest {
  @Test
  void aFewStepsMakeACheckpointThatGeneratesWithTheBundledTokenizer(@TempDir Path directory)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Pretraining(new ModelSize(16, 1, 2), 3, 2, 32, 1e-3f, 1)
        .run(directory, new PrintStream(out));
    try (CausalLm model = HuggingFaceModel.load(directory)) {
      GenerationConfig four =
          GenerationConfig.greedy().toBuilder().maxNewTokens(4).ignoreEndOfSequence(true).build();
      assertEquals(4, model.generateTokens(List.of(new int[] {5, 6}), four).get(0).length);
    }
    assertTrue(out.toString().contains("step"));
    assertEquals(bundledTokenizer(), Files.readString(directory.resolve("tokenizer.json")));
    assertTrue(Files.readString(directory.resolve("config.json")).contains("\"float16\""));
  }

  private static String bundledTokenizer() throws IOException {
    try (InputStream in = Bundle.class.getResourceAsStream("model/tokenizer.json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void rowsAreFilledWithExamplesOneAfterTheOther() {
    List<Example> examples =
        List.of(
            new Example(new int[] {1, 2}, new int[] {-100, 2}),
            new Example(new int[] {3, 4, 5}, new int[] {3, 4, 5}),
            new Example(new int[] {6, 7, 8}, new int[] {6, 7, 8}));
    PackedRows.Batch batch = new PackedRows(examples.iterator(), 2, 3).next();
    assertArrayEquals(new int[] {1, 2, 3, 6, 7, 8}, batch.tokens().tokenIds());
    assertArrayEquals(new long[] {-100, 2, 3, 6, 7, 8}, batch.labels());
    assertTrue(batch.tokens().isDense());
  }

  @Test
  void learningRateClimbsThenFallsToZero() {
    WarmupCosine schedule = new WarmupCosine(1f, 100);
    assertEquals(0.2f, schedule.getNewValue("p", 1), 1e-6f);
    assertEquals(1f, schedule.getNewValue("p", 5), 1e-6f);
    assertEquals(0f, schedule.getNewValue("p", 100), 1e-6f);
  }
}
