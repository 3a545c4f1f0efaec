// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.spi.LoraProvider;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunStart;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Trains jobs one at a time with the fine-tuner, to hold fused runs against. */
final class JobsAlone {
  /** Of losses, and of parameters after steps of up to 5e-3. */
  private static final double TOLERANCE = 1e-5;

  private JobsAlone() {}

  /** The job's losses and its saved adapter are those of the job alone, which writes over them. */
  static void assertEqualsAlone(
      JobResult fused, MultiLoraJob job, Path model, LoadOptions options) {
    assertEquals(Optional.empty(), fused.failure());
    Map<String, float[]> fusedAdapter = saved(job);
    FineTuningResult alone = train(job, model, options);
    assertEquals(alone.stopReason(), fused.training().stopReason());
    assertEquals(alone.epochs(), fused.training().epochs());
    assertEquals(alone.trainedTokens(), fused.training().trainedTokens());
    assertSteps(alone.stepReports(), fused.training().stepReports());
    assertEvaluations(alone.evaluations(), fused.training().evaluations());
    Map<String, float[]> aloneAdapter = saved(job);
    assertEquals(aloneAdapter.keySet(), fusedAdapter.keySet());
    aloneAdapter.forEach(
        (name, values) ->
            assertArrayEquals(values, fusedAdapter.get(name), (float) TOLERANCE, name));
  }

  private static void assertSteps(List<StepReport> alone, List<StepReport> fused) {
    assertEquals(alone.size(), fused.size());
    for (int i = 0; i < alone.size(); i++) {
      assertEquals(alone.get(i).loss(), fused.get(i).loss(), TOLERANCE);
      assertEquals(alone.get(i).gradientNorm(), fused.get(i).gradientNorm(), TOLERANCE);
      assertEquals(alone.get(i).learningRate(), fused.get(i).learningRate());
      assertEquals(alone.get(i).tokens(), fused.get(i).tokens());
    }
  }

  private static void assertEvaluations(
      List<EvaluationReport> alone, List<EvaluationReport> fused) {
    assertEquals(
        alone.stream().map(EvaluationReport::step).toList(),
        fused.stream().map(EvaluationReport::step).toList());
    for (int i = 0; i < alone.size(); i++) {
      assertEquals(alone.get(i).loss(), fused.get(i).loss(), TOLERANCE);
    }
  }

  private static FineTuningResult train(MultiLoraJob job, Path directory, LoadOptions options) {
    try (CausalLm base = HuggingFaceModel.load(directory, options)) {
      Engine.getEngine("PyTorch").setRandomSeed((int) job.options().seed());
      try (LoraModel model = LoraModel.wrap(base, job.config())) {
        return LoraProvider.get()
            .fineTune(model, job.data(), job.evaluation(), job.options(), RunStart.fresh());
      }
    }
  }

  /** The tensors of a job's saved adapter. */
  static Map<String, float[]> saved(MultiLoraJob job) {
    Path file = job.options().outputDir().orElseThrow().resolve("adapter_model.safetensors");
    Map<String, float[]> tensors = new TreeMap<>();
    try (SafetensorsFile adapter = SafetensorsFile.open(file)) {
      for (String name : adapter.names()) {
        tensors.put(name, adapter.tensor(name).toFloatArray());
      }
    }
    return tensors;
  }
}
