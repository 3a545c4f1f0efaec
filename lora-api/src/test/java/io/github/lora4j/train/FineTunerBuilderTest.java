// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.ConfigurationException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FineTunerBuilderTest {
  @Test
  void theDefaultsAreThoseOfTheDocumentation() {
    FineTuningOptions options = FineTuner.builder().build().options();
    assertEquals(1, options.epochs());
    assertEquals(OptionalInt.empty(), options.maxSteps());
    assertEquals(4, options.batchSize());
    assertEquals(1, options.gradientAccumulation());
    assertEquals(
        new LearningRatePlan(2e-4f, LearningRateSchedule.LINEAR, 0, 0), options.learningRate());
    assertEquals(0, options.weightDecay());
    assertEquals(1, options.maxGradientNorm());
    assertEquals(Optional.empty(), options.gradientCheckpointing());
    assertEquals(new EvaluationPlan(0, OptionalInt.empty(), false, 0), options.evaluation());
    assertEquals(Optional.empty(), options.outputDir());
    assertEquals(Optional.of(System.err), options.progress());
  }

  @Test
  void whatIsSetArrives() {
    FineTuningListener listener = new FineTuningListener() {};
    FineTuningOptions options =
        FineTuner.builder()
            .epochs(2.5)
            .maxSteps(7)
            .batchSize(3)
            .gradientAccumulation(5)
            .learningRate(1e-3f)
            .schedule(LearningRateSchedule.COSINE)
            .warmupSteps(4)
            .warmupRatio(0.1)
            .weightDecay(0.01f)
            .maxGradientNorm(0.3)
            .gradientCheckpointing(true)
            .seed(9)
            .evaluationFraction(0.2)
            .evaluationInterval(6)
            .keepBest(true)
            .earlyStoppingPatience(2)
            .outputDir(Path.of("out"))
            .silent()
            .listener(listener)
            .build()
            .options();
    assertEquals(2.5, options.epochs());
    assertEquals(OptionalInt.of(7), options.maxSteps());
    assertEquals(3, options.batchSize());
    assertEquals(5, options.gradientAccumulation());
    assertEquals(
        new LearningRatePlan(1e-3f, LearningRateSchedule.COSINE, 4, 0.1), options.learningRate());
    assertEquals(0.01f, options.weightDecay());
    assertEquals(0.3, options.maxGradientNorm());
    assertEquals(Optional.of(GradientCheckpointing.everyLayer()), options.gradientCheckpointing());
    assertEquals(9, options.seed());
    assertEquals(new EvaluationPlan(0.2, OptionalInt.of(6), true, 2), options.evaluation());
    assertEquals(Optional.of(Path.of("out")), options.outputDir());
    assertEquals(Optional.empty(), options.progress());
    assertEquals(java.util.List.of(listener), options.listeners());
  }

  static Stream<Arguments> outOfRange() {
    return Stream.of(
        refused("epochs", b -> b.epochs(0)),
        refused("epochs", b -> b.epochs(Double.NaN)),
        refused("maxSteps", b -> b.maxSteps(0)),
        refused("batchSize", b -> b.batchSize(0)),
        refused("gradientAccumulation", b -> b.gradientAccumulation(0)),
        refused("learningRate", b -> b.learningRate(-1)),
        refused("learningRate", b -> b.learningRate(Float.NaN)),
        refused("warmupSteps", b -> b.warmupSteps(-1)),
        refused("warmupRatio", b -> b.warmupRatio(1.1)),
        refused("weightDecay", b -> b.weightDecay(-0.1f)),
        refused("maxGradientNorm", b -> b.maxGradientNorm(Double.NaN)),
        refused("evaluationFraction", b -> b.evaluationFraction(1)),
        refused("evaluationInterval", b -> b.evaluationInterval(0)),
        refused("earlyStoppingPatience", b -> b.earlyStoppingPatience(-1)));
  }

  private static Arguments refused(String option, UnaryOperator<FineTunerBuilder> change) {
    return Arguments.of(option, change);
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void aNumberOutOfRangeIsRefusedByItsName(String option, UnaryOperator<FineTunerBuilder> change) {
    FineTunerBuilder builder = change.apply(FineTuner.builder());
    ConfigurationException e = assertThrows(ConfigurationException.class, builder::build);
    assertTrue(e.getMessage().startsWith("FineTuner: " + option + " must be "), e.getMessage());
  }

  @Test
  void anOptimizerAndOptionsOfTheOneItReplacesAreRefused() {
    FineTunerBuilder builder =
        FineTuner.builder()
            .optimizer(Optimizer.adam().build())
            .learningRate(1e-3f)
            .weightDecay(0.1f);
    ConfigurationException e = assertThrows(ConfigurationException.class, builder::build);
    assertEquals(
        "FineTuner: optimizer replaces learningRate, weightDecay; set them on the optimizer, or"
            + " leave it out",
        e.getMessage());
  }
}
