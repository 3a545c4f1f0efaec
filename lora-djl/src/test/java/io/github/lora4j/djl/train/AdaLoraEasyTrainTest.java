// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.translate.TranslateException;
import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.train.CausalLmLoss;
import io.github.lora4j.train.FineTuner;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** AdaLoRA in DJL's own training loop shares out the ranks as in the fine-tuner's. */
class AdaLoraEasyTrainTest {
  private static final int STEPS = 10;

  /** Of parameters after steps of 1e-2. */
  private static final float TOLERANCE = 2e-5f;

  private static final AdaLoraConfig CONFIG =
      AdaLoraConfig.builder()
          .initialRank(4)
          .targetRank(2)
          .tinit(2)
          .tfinal(3)
          .deltaT(1)
          .totalSteps(STEPS)
          .allLinear()
          .build();

  /** What a training leaves. */
  private record Trained(Map<String, List<Boolean>> ranks, Map<String, float[]> values) {
    long ranksLeft() {
      return ranks.values().stream().flatMap(List::stream).filter(Boolean::booleanValue).count();
    }
  }

  private static Trained train(BiConsumer<LoraModel, AdamW> loop) {
    try (CausalLm base = TinyTraining.llama();
        AdamW optimizer = AdamW.builder().learningRate(1e-2f).build()) {
      Engine.getEngine("PyTorch").setRandomSeed(7);
      try (LoraModel model = LoraModel.wrap(base, CONFIG)) {
        loop.accept(model, optimizer);
        AdaLoraConfig trained = (AdaLoraConfig) model.adapters().get(LoraModel.DEFAULT_ADAPTER);
        return new Trained(trained.rankPattern(), TinyTraining.trained(model));
      }
    }
  }

  /** All rows are one batch, and so one step an epoch. */
  private static void easyTrain(LoraModel model, AdamW optimizer) {
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(new CausalLmLoss()).optOptimizer(optimizer);
    try (Trainer trainer = model.newTrainer(config)) {
      trainer.initialize(new Shape(1, 8), new Shape(1, 8));
      EasyTrain.fit(trainer, STEPS, TinyTraining.data(), null);
    } catch (IOException | TranslateException e) {
      throw new AssertionError(e);
    }
  }

  private static void fineTune(LoraModel model, AdamW optimizer) {
    FineTuner.builder()
        .optimizer(optimizer)
        .batchSize(TinyTraining.ROWS.size())
        .maxSteps(STEPS)
        .maxGradientNorm(0)
        .silent()
        .build()
        .fit(model, TinyTraining.data());
  }

  @Test
  void theSameRanksAreLeftWithTheSameValues() {
    Trained inDjlsLoop = train(AdaLoraEasyTrainTest::easyTrain);
    Trained inOurs = train(AdaLoraEasyTrainTest::fineTune);
    assertEquals(2L * inOurs.ranks().size(), inOurs.ranksLeft());
    assertTrue(
        inOurs.ranks().values().stream().map(List::hashCode).distinct().count() > 1,
        "modules were left different ranks");
    assertEquals(inOurs.ranks(), inDjlsLoop.ranks());
    TinyTraining.assertCloseValues(inOurs.values(), inDjlsLoop.values(), TOLERANCE);
  }
}
