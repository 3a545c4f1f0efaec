// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.train.GradientCheckpointing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two hundred steps and two hundred generations take no more than twenty did. */
@Tag("heavy")
class SoakTest {
  private static final int WARM_UP = 200; // the JVM's own memory grows while it compiles
  private static final int EARLY = 20;
  private static final int LATE = 200;
  private static final double GROWTH = 1.05;

  @Test
  void trainingTakesNoMoreWithTime() throws IOException {
    try (CheckpointModel base = CheckpointModel.random("soak", shape());
        AdaptedModel model =
            AdaptedModel.wrap(base, LoraConfig.builder().allLinear().dropout(0.1).build());
        AdamW optimizer = AdamW.builder().build()) {
      GradientEngine engine =
          new GradientEngine(model.decoder(), GradientCheckpointing.everyLayer(), 1);
      Random random = new Random(1);
      List<RaggedBatch> batches =
          Stream.generate(() -> batch(random)).limit(EARLY / 2).toList(); // all seen twice early on
      Iterator<RaggedBatch> turns =
          Stream.iterate(0, i -> (i + 1) % batches.size()).map(batches::get).iterator();
      constantAfter(
          model,
          () -> {
            RaggedBatch batch = turns.next();
            long[] labels = new long[batch.paddedRows() * batch.paddedColumns()];
            engine.accumulate(model.getNDManager(), batch, labels, 1.0 / batch.size());
            ParameterUpdates.step(engine, optimizer);
          });
    }
  }

  @Test
  void generationTakesNoMoreWithTime() throws IOException {
    try (CheckpointModel base = CheckpointModel.random("soak", shape());
        AdaptedModel model = AdaptedModel.wrap(base, LoraConfig.builder().allLinear().build())) {
      Random random = new Random(1);
      GenerationConfig config = GenerationConfig.builder().maxNewTokens(20).build();
      constantAfter(
          model,
          () -> {
            int[] one = random.ints(1 + random.nextInt(90), 0, 500).toArray();
            int[] two = random.ints(1 + random.nextInt(90), 0, 500).toArray();
            model.generateTokens(List.of(one), config);
            model.generateTokens(List.of(one, two), config);
          });
    }
  }

  private static RaggedBatch batch(Random random) {
    int[] first = random.ints(16 + random.nextInt(100), 0, 500).toArray();
    int[] second = random.ints(16 + random.nextInt(100), 0, 500).toArray();
    return RaggedBatch.of(List.of(first, second));
  }

  private static void constantAfter(DecoderModel model, Runnable work) throws IOException {
    for (int i = 0; i < WARM_UP + EARLY; i++) {
      work.run();
    }
    int arrays = TinyModels.arrays(model.getNDManager());
    double memory = residentMebibytes();
    for (int i = EARLY; i < LATE; i++) {
      work.run();
    }
    assertEquals(arrays, TinyModels.arrays(model.getNDManager()));
    double later = residentMebibytes();
    assertTrue(later <= GROWTH * memory, () -> memory + " MiB became " + later);
  }

  private static double residentMebibytes() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject shape() {
    JsonObject config = new JsonObject();
    config.addProperty("model_type", "llama");
    config.addProperty("vocab_size", 500);
    config.addProperty("hidden_size", 128);
    config.addProperty("intermediate_size", 256);
    config.addProperty("num_hidden_layers", 3);
    config.addProperty("num_attention_heads", 4);
    config.addProperty("max_position_embeddings", 256);
    return config;
  }
}
