// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.combine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import org.junit.jupiter.api.Test;

class WeightedCombinationTest {
  private static WeightedCombinationBuilder of(CombinationType type) {
    return WeightedCombination.builder().adapter("a", 0.7).adapter("b", -0.3).type(type);
  }

  @Test
  void equalFieldsAreEqual() {
    assertEquals(
        of(CombinationType.TIES).density(0.5).majoritySign(MajoritySign.TOTAL).build(),
        of(CombinationType.TIES).density(0.5).majoritySign(MajoritySign.TOTAL).build());
    assertEquals(
        CombinationType.LINEAR, WeightedCombination.builder().adapter("a", 1).build().type());
  }

  @Test
  void whatCannotBeIsRefused() {
    refused("at least one", WeightedCombination.builder());
    refused("once each", of(CombinationType.LINEAR).adapter("a", 1));
    refused("density is missing: TIES", of(CombinationType.TIES));
    refused("density must be above 0 and at most 1, was 0.0", of(CombinationType.TIES).density(0));
    refused("was 1.5", of(CombinationType.DARE_LINEAR).density(1.5));
    refused("density has no meaning for CAT", of(CombinationType.CAT).density(0.5));
    refused(
        "majoritySign has no meaning for MAGNITUDE_PRUNE",
        of(CombinationType.MAGNITUDE_PRUNE).density(0.5).majoritySign(MajoritySign.FREQUENCY));
    refused("svdRank has no meaning for LINEAR", of(CombinationType.LINEAR).svdRank(3));
    refused("svdRank must be at least 1, was 0", of(CombinationType.SVD).svdRank(0));
    refused("svdClamp must be above 0", of(CombinationType.SVD).svdClamp(-1));
    String message =
        assertThrows(
                ConfigurationException.class,
                () -> WeightedCombination.builder().adapter("a", Double.NaN))
            .getMessage();
    assertTrue(message.contains("weight of \"a\" must be a finite number, was NaN"), message);
  }

  private static void refused(String part, WeightedCombinationBuilder builder) {
    String message = assertThrows(ConfigurationException.class, builder::build).getMessage();
    assertTrue(message.contains(part), message);
  }
}
