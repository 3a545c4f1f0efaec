// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.BottleneckConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.DatasetException;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.LoraModel;
import io.github.lora4j.PrefixTuningConfig;
import io.github.lora4j.PromptEncoderConfig;
import io.github.lora4j.PromptEncoderType;
import io.github.lora4j.PromptTuningConfig;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fine-tuning of adapters that are no LoRA. */
class FamilyTrainingTest {
  @TempDir Path directory;

  static Stream<AdapterConfig> kinds() {
    return Stream.of(
        Ia3Config.builder().build(),
        PromptTuningConfig.builder().numVirtualTokens(4).build(),
        PrefixTuningConfig.builder().numVirtualTokens(4).build(),
        PrefixTuningConfig.builder().numVirtualTokens(4).prefixProjection(true).build(),
        PromptEncoderConfig.builder().numVirtualTokens(4).build(),
        PromptEncoderConfig.builder()
            .numVirtualTokens(4)
            .encoderType(PromptEncoderType.LSTM)
            .encoderDropout(0.2)
            .build(),
        BottleneckConfig.houlsby().reductionFactor(4).build(),
        BottleneckConfig.pfeiffer().reductionFactor(4).build());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void twentyStepsLowerTheLoss(AdapterConfig config) {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = wrap(base, config)) {
      Map<String, float[]> before = TinyTraining.parameters(base);

      FineTuningResult result = train(model, GradientCheckpointing.none(), 20);

      assertEquals(20, result.steps());
      double first = result.stepReports().get(0).loss();
      double last = result.stepReports().get(19).loss();
      assertTrue(last < first - 0.02, first + " to " + last);
      Map<String, float[]> after = TinyTraining.trained(model);
      assertFalse(after.isEmpty());
      assertTrue(before.keySet().containsAll(after.keySet()));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatWasTrainedIsReadFromDiskAsItWas(AdapterConfig config) {
    GenerationConfig generation =
        GenerationConfig.builder().maxNewTokens(8).ignoreEndOfSequence(true).build();
    List<int[]> prompts = List.of(new int[] {5, 9, 11, 7}, new int[] {30, 8});
    List<int[]> before;
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = wrap(base, config)) {
      List<int[]> untrained = base.generateTokens(prompts, generation);
      train(model, GradientCheckpointing.none(), 20);
      model.saveAdapter(directory);
      before = model.generateTokens(prompts, generation);
      assertFalse(Arrays.deepEquals(untrained.toArray(), before.toArray()), "it learned something");
    }
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = LoraModel.load(base, directory)) {
      List<int[]> after = model.generateTokens(prompts, generation);
      assertTrue(Arrays.deepEquals(before.toArray(), after.toArray()));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void checkpointingTrainsTheSame(AdapterConfig config) {
    TinyTraining.assertEqualValues(
        trained(config, GradientCheckpointing.none()),
        trained(config, GradientCheckpointing.everyLayer()));
  }

  private static Map<String, float[]> trained(AdapterConfig config, GradientCheckpointing mode) {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = wrap(base, config)) {
      train(model, mode, 3);
      return TinyTraining.trained(model);
    }
  }

  private static LoraModel wrap(CausalLm base, AdapterConfig config) {
    Engine.getEngine("PyTorch").setRandomSeed(7);
    return LoraModel.wrap(base, config);
  }

  private static FineTuningResult train(LoraModel model, GradientCheckpointing mode, int steps) {
    return TinyTraining.tuner()
        .learningRate(2e-2f)
        .batchSize(5)
        .gradientAccumulation(1)
        .epochs(steps)
        .gradientCheckpointing(mode)
        .build()
        .fit(model, TinyTraining.data());
  }

  @Test
  void aRowMustFitBehindThePrompt() {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = wrap(base, PromptTuningConfig.builder().numVirtualTokens(40).build())) {
      DatasetException e =
          Assertions.assertThrows(
              DatasetException.class, () -> train(model, GradientCheckpointing.none(), 1));

      assertTrue(e.getMessage().contains("more than the model's 24 positions"), e.getMessage());
    }
  }
}
