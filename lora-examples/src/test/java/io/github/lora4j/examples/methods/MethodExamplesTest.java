// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.quickstart.Bundle;
import io.github.lora4j.train.LisaConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MethodExamplesTest {
  @TempDir private Path directory;
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(told, true, StandardCharsets.UTF_8);

  private MethodOptions options(double epochs) {
    return new MethodOptions(directory, epochs, 42, 3);
  }

  private String told() {
    return told.toString(StandardCharsets.UTF_8);
  }

  @Test
  void lisaTellsWhichLayersTrainedAndLeavesACheckpoint() {
    LisaConfig lisa = LisaConfig.activeLayers(1).interval(1);
    MethodResult result = new LisaExample(options(0.1), lisa, out).run();
    assertEquals(0, result.before().right());
    assertTrue(told().contains("8 steps"), told());
    assertTrue(told().matches("(?s).*from step +1: layers \\[[0-3]].*"), told());
    assertTrue(told().contains("full fine-tuning    980,096 parameters  11.22 MiB"), told());
    // Embedding and norms outside the layers, and a layer.
    assertTrue(told().contains("LISA, at most       385,280 parameters"), told());
    HuggingFaceModel.load(directory.resolve("trained")).close();
  }

  @Test
  void adaLoraTellsTheRanksItLeft() {
    new AdaLoraExample(options(0.2), 6, 2, out).run();
    try (CausalLm base = HuggingFaceModel.load(directory.resolve(Bundle.MODEL));
        LoraModel model = LoraModel.load(base, directory.resolve("adapter"))) {
      AdaLoraConfig config = (AdaLoraConfig) model.adapters().get(LoraModel.DEFAULT_ADAPTER);
      int ranks = config.rankPattern().keySet().stream().mapToInt(config::rankOf).sum();
      assertEquals(16 * 2, ranks);
      RankTable.of(config).forEach(line -> assertTrue(told().contains(line), told()));
    }
  }

  @Test
  void theRanksOfAModuleStandInTheOrderOfTheLayers() {
    AdaLoraConfig config =
        AdaLoraConfig.builder()
            .initialRank(3)
            .targetRank(2)
            .rankPattern(
                Map.of(
                    "transformer.h.1.mlp.up", List.of(true, false, false),
                    "transformer.h.0.mlp.up", List.of(true, true, true)))
            .build();
    assertEquals(1, RankTable.of(config).size());
    assertTrue(RankTable.of(config).get(0).matches("mlp\\.up +3 ▪▪▪ +1 ▪"));
  }
}
