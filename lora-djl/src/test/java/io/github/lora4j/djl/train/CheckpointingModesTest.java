// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.TrainableModules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointingModesTest {
  private static final List<GradientCheckpointing> MODES =
      List.of(
          GradientCheckpointing.everyLayer(),
          GradientCheckpointing.every(2),
          GradientCheckpointing.squareRoot(),
          GradientCheckpointing.every(9));

  @TempDir static Path fiveLayers;

  @BeforeAll
  static void write() throws IOException {
    TinyTraining.fiveLayers(fiveLayers);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void everyModeTrainsTheSameAdapter(double dropout) {
    Map<String, float[]> kept = adapter(GradientCheckpointing.none(), dropout);
    assertEquals(5 * 7 * 2, kept.size());
    for (GradientCheckpointing mode : MODES) {
      TinyTraining.assertEqualValues(kept, adapter(mode, dropout));
    }
  }

  @Test
  void everyModeTrainsTheSameFullModel() {
    Map<String, float[]> kept = full(GradientCheckpointing.none());
    for (GradientCheckpointing mode : MODES) {
      TinyTraining.assertEqualValues(kept, full(mode));
    }
  }

  @Test
  void whatTheModelWasToldCountsWhereTheFineTunerWasToldNothing() {
    try (CausalLm model = HuggingFaceModel.load(fiveLayers);
        LoraModel adapted = TinyTraining.wrap(model, 0.1)) {
      adapted.setGradientCheckpointing(GradientCheckpointing.every(2));
      TinyTraining.tuner().epochs(2).build().fit(adapted, TinyTraining.data());
      TinyTraining.assertEqualValues(
          adapter(GradientCheckpointing.every(2), 0.1), TinyTraining.trained(adapted));
    }
  }

  private static Map<String, float[]> adapter(GradientCheckpointing mode, double dropout) {
    try (CausalLm base = HuggingFaceModel.load(fiveLayers);
        LoraModel model = TinyTraining.wrap(base, dropout)) {
      return train(model, mode);
    }
  }

  private static Map<String, float[]> full(GradientCheckpointing mode) {
    try (CausalLm model = HuggingFaceModel.load(fiveLayers)) {
      model.train(TrainableModules.all());
      return train(model, mode);
    }
  }

  private static Map<String, float[]> train(CausalLm model, GradientCheckpointing mode) {
    TinyTraining.tuner()
        .epochs(2)
        .gradientCheckpointing(mode)
        .build()
        .fit(model, TinyTraining.data());
    return TinyTraining.trained(model);
  }
}
