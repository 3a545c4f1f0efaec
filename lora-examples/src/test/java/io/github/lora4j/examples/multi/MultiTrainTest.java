// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.multi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.examples.answers.Score;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MultiTrainTest {
  private static final Set<String> JOBS =
      Set.of("json-en", "json-zh", "en-to-zh", "zh-to-en", "reply-en", "reply-zh");

  @TempDir private Path directory;

  @Test
  void aShortRunLeavesAnAdapterAJobAndAsksAllOfThem() {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    MultiTrainResult result =
        new MultiTrain(
                new MultiTrainOptions(directory, 1, 8, 42, 2),
                new PrintStream(told, true, StandardCharsets.UTF_8))
            .run();
    assertEquals(JOBS, result.before().keySet());
    assertEquals(JOBS, result.after().keySet());
    assertEquals(Set.of(new Score(0, 2)), Set.copyOf(result.before().values()));
    assertTrue(result.tokensPerSecond() > 0);
    for (String job : JOBS) {
      assertTrue(Files.exists(directory.resolve(job).resolve("adapter_model.safetensors")), job);
      assertTrue(
          told.toString(StandardCharsets.UTF_8)
              .contains("model.setActiveAdapter(\"%s\")".formatted(job)),
          job);
    }
  }

  @Test
  void numbersBelowOneAreRefused() {
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> new MultiTrainOptions(directory, 1, 0, 42, 1));
    assertEquals("records must be at least 1, was 0", e.getMessage());
  }
}
