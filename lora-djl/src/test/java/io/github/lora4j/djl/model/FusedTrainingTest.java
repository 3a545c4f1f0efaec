// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.Evaluation;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that train in one batch over one base learn what each learns alone (m-LoRA). */
class FusedTrainingTest {
  private static final int STEPS = 8;
  private static final double TOLERANCE = 1e-6;

  /** What a job trains on: as many learned tokens as the other's, in other lengths. */
  private static final Map<String, List<int[]>> JOBS = jobs();

  @TempDir Path directory;

  private static Map<String, List<int[]>> jobs() {
    Map<String, List<int[]>> jobs = new LinkedHashMap<>();
    jobs.put("first", List.of(new int[] {5, 9, 11, 7, 30, 41}, new int[] {8, 4, 60}));
    jobs.put("second", List.of(new int[] {40, 41, 42, 43}, new int[] {17, 55, 1, 19, 22}));
    return jobs;
  }

  private void saveAdapters(CheckpointModel base) {
    Engine.getInstance().setRandomSeed(3);
    LoraConfig other = TinyModels.random("q_proj", "v_proj", "lm_head").rank(5).build();
    try (LoraModel model =
        LoraModel.wrap(base, TinyModels.random("q_proj", "up_proj", "down_proj").build())) {
      model.addAdapter("second", other);
      model.saveAdapter("default", directory.resolve("first"));
      model.saveAdapter("second", directory.resolve("second"));
    }
  }

  /** Losses of each step, and then the trained values, by job. */
  private Map<String, List<float[]>> train(
      CheckpointModel base, GradientCheckpointing checkpointing, String... names) {
    try (LoraModel model = LoraModel.load(base, directory.resolve("first"))) {
      model.renameAdapter("default", "first");
      model.loadAdapter("second", directory.resolve("second"));
      model.setActiveAdapters(names);
      return steps((AdaptedModel) model, checkpointing, List.of(names));
    }
  }

  private static Map<String, List<float[]>> steps(
      AdaptedModel model, GradientCheckpointing checkpointing, List<String> names) {
    RaggedBatch batch = batch(names);
    GradientEngine engine = new GradientEngine(model.decoder(), checkpointing, 0);
    // Not Adam, which makes a step of what is rounding noise in a gradient.
    Optimizer optimizer = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.01f)).build();
    Evaluation evaluation = new Evaluation(model.decoder());
    Map<String, List<float[]>> results = new LinkedHashMap<>();
    names.forEach(name -> results.put(name, new ArrayList<>()));
    for (int step = 0; step < STEPS; step++) {
      for (String name : names) {
        long[] labels = labels(names, name);
        double weight = 1.0 / GradientEngine.countTargets(batch, labels);
        double loss = evaluation.summedLoss(model.getNDManager(), batch, labels) * weight;
        results.get(name).add(new float[] {(float) loss});
      }
      List<String> one = names.subList(0, 1);
      double weight = 1.0 / GradientEngine.countTargets(batch(one), labels(one, names.get(0)));
      engine.zeroGradients();
      engine.accumulate(
          model.getNDManager(), batch, labels(names, names.toArray(new String[0])), weight);
      ParameterUpdates.step(engine, optimizer);
    }
    for (String name : names) {
      for (Parameter parameter : model.adapterSet().get(name).trained().values()) {
        results.get(name).add(parameter.getArray().toFloatArray());
      }
    }
    return results;
  }

  private static RaggedBatch batch(List<String> names) {
    List<int[]> sequences = new ArrayList<>();
    List<List<String>> adapters = new ArrayList<>();
    for (String name : names) {
      sequences.addAll(JOBS.get(name));
      JOBS.get(name).forEach(sequence -> adapters.add(List.of(name)));
    }
    return RaggedBatch.of(sequences).with(AdapterRows.ofEach(adapters));
  }

  /** Everything of some jobs is learned, nothing of the others. */
  private static long[] labels(List<String> names, String... learned) {
    RaggedBatch batch = batch(names);
    long[] labels = new long[batch.paddedRows() * batch.paddedColumns()];
    Arrays.fill(labels, -100);
    int row = 0;
    for (String name : names) {
      for (int[] sequence : JOBS.get(name)) {
        int first = row++ * batch.paddedColumns();
        if (List.of(learned).contains(name)) {
          IntStream.range(0, sequence.length).forEach(i -> labels[first + i] = sequence[i]);
        }
      }
    }
    return labels;
  }

  private static void assertSame(List<float[]> alone, List<float[]> fused, String name) {
    assertEquals(alone.size(), fused.size());
    for (int i = 0; i < alone.size(); i++) {
      double largest = 1;
      for (float value : alone.get(i)) {
        largest = Math.max(largest, Math.abs(value));
      }
      double difference = TinyModels.maxDifference(alone.get(i), fused.get(i));
      assertEquals(0, difference / largest, TOLERANCE, name + " " + i);
    }
    assertTrue(alone.get(0)[0] - alone.get(STEPS - 1)[0] > 0.05, name + " has learned nothing");
  }

  private void assertFusedAsAlone(CheckpointModel base, GradientCheckpointing checkpointing) {
    saveAdapters(base);
    Map<String, List<float[]>> fused = train(base, checkpointing, "first", "second");
    Map<String, List<float[]>> swapped = train(base, checkpointing, "second", "first");
    for (String name : JOBS.keySet()) {
      List<float[]> alone = train(base, checkpointing, name).get(name);
      assertSame(alone, fused.get(name), name);
      assertSame(alone, swapped.get(name), name);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aJobLearnsInAFusedBatchWhatItLearnsAlone(boolean checkpointing) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      assertFusedAsAlone(
          base, checkpointing ? GradientCheckpointing.everyLayer() : GradientCheckpointing.none());
    }
  }

  @Test
  void soDoesAJobOverAQuantizedBase() {
    LoadOptions options = LoadOptions.builder().quantization(Quantization.nf4()).build();
    try (CheckpointModel base =
        (CheckpointModel) HuggingFaceModel.load(TinyModels.BLOOM, options)) {
      LoraConfig config = TinyModels.random("query_key_value").build();
      try (LoraModel model = LoraModel.wrap(base, config)) {
        model.saveAdapter(directory.resolve("first"));
        model.addAdapter("second", TinyModels.random("dense_h_to_4h", "dense").build());
        model.saveAdapter("second", directory.resolve("second"));
      }
      for (String name : JOBS.keySet()) {
        assertSame(
            train(base, GradientCheckpointing.everyLayer(), name).get(name),
            train(base, GradientCheckpointing.everyLayer(), "first", "second").get(name),
            name);
      }
    }
  }
}
