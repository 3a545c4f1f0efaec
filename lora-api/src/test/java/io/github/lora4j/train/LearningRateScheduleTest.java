// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.training.tracker.Tracker;
import io.github.lora4j.ConfigurationException;
import org.junit.jupiter.api.Test;

/** Rates of transformers 5.18's {@code get_*_schedule_with_warmup} at a peak of 2e-4. */
class LearningRateScheduleTest {
  @Test
  void constantRisesAndStays() {
    assertRates(
        LearningRateSchedule.CONSTANT,
        3,
        10,
        0,
        6.666666666666667e-05,
        0.00013333333333333334,
        0.0002,
        0.0002,
        0.0002,
        0.0002,
        0.0002,
        0.0002,
        0.0002);
  }

  @Test
  void linearRisesAndFallsToZeroBehindTheLastStep() {
    assertRates(
        LearningRateSchedule.LINEAR,
        3,
        10,
        0,
        6.666666666666667e-05,
        0.00013333333333333334,
        0.0002,
        0.00017142857142857143,
        0.00014285714285714287,
        0.00011428571428571428,
        8.571428571428571e-05,
        5.714285714285714e-05,
        2.857142857142857e-05,
        0);
  }

  @Test
  void cosineRisesAndFallsToZeroBehindTheLastStep() {
    assertRates(
        LearningRateSchedule.COSINE,
        3,
        10,
        0,
        6.666666666666667e-05,
        0.00013333333333333334,
        0.0002,
        0.0001900968867902419,
        0.00016234898018587337,
        0.00012225209339563145,
        7.774790660436858e-05,
        3.7651019814126654e-05,
        9.903113209758096e-06,
        0);
  }

  @Test
  void withoutWarmUpTheFirstStepHasThePeak() {
    assertRates(LearningRateSchedule.LINEAR, 0, 4, 0.0002, 0.00015, 0.0001, 5e-05, 0);
    assertRates(
        LearningRateSchedule.COSINE, 0, 4, 0.0002, 0.00017071067811865476, 0.0001, 2.92893218e-05);
  }

  @Test
  void aWarmUpLongerThanTheRunOnlyRises() {
    assertRates(LearningRateSchedule.LINEAR, 5, 3, 0, 4e-05, 8e-05, 0.00012, 0.00016, 0);
    assertRates(LearningRateSchedule.COSINE, 4, 4, 0, 5e-05, 0.0001, 0.00015, 0.0002, 0);
  }

  @Test
  void theWarmUpsShareIsRoundedUp() {
    Tracker tracker = new LearningRatePlan(1f, LearningRateSchedule.CONSTANT, 0, 0.03).tracker(100);
    assertEquals(2 / 3f, tracker.getNewValue(3));
    assertEquals(1f, tracker.getNewValue(4));
    assertEquals(
        0.5f,
        new LearningRatePlan(1f, LearningRateSchedule.CONSTANT, 2, 0.03)
            .tracker(100)
            .getNewValue(2));
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThrows(
        ConfigurationException.class, () -> LearningRateSchedule.LINEAR.tracker(Float.NaN, 0, 1));
    assertThrows(ConfigurationException.class, () -> LearningRateSchedule.LINEAR.tracker(1, -1, 1));
    assertThrows(ConfigurationException.class, () -> LearningRateSchedule.LINEAR.tracker(1, 0, 0));
  }

  private static void assertRates(
      LearningRateSchedule schedule, int warmup, int total, double... expected) {
    Tracker tracker = schedule.tracker(2e-4f, warmup, total);
    double[] rates = new double[expected.length];
    for (int i = 0; i < rates.length; i++) {
      rates[i] = tracker.getNewValue(i + 1);
    }
    assertArrayEquals(expected, rates, 2e-11);
  }
}
