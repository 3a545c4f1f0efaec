// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lora4j.ConfigurationException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerStateTest {
  private static final long MIB = 1 << 20;

  @Test
  void thirtyTwoBitsAreTwoFloatsAValue() {
    assertEquals(8 * 5000, OptimizerState.adamW().bytes(5000));
  }

  @Test
  void eightBitsAreTwoBytesAValueAndTwoScalesABlock() {
    assertEquals(2 * (5000 + 4 * 20), OptimizerState.pagedAdamW8Bit().bytes(5000));
  }

  @Test
  void smallParametersKeepThirtyTwoBits() {
    assertEquals(8 * 4095, OptimizerState.pagedAdamW8Bit().bytes(4095));
  }

  @Test
  void withoutABudgetAllIsInMemory() {
    assertEquals(12345, OptimizerState.adamW().resident(12345));
    assertEquals(0, OptimizerState.adamW().onDisk(12345));
  }

  @Test
  void withinTheBudgetThereIsNoFile() {
    OptimizerState state = OptimizerState.pagedAdamW().residentBudget(16 * MIB);
    assertEquals(16 * MIB, state.resident(16 * MIB));
    assertEquals(0, state.onDisk(16 * MIB));
  }

  @Test
  void beyondTheBudgetTheFileHasRoomForAll() {
    OptimizerState state = OptimizerState.pagedAdamW().residentBudget(17 * MIB);
    assertEquals(16 * MIB, state.resident(100 * MIB + 1));
    assertEquals(104 * MIB, state.onDisk(100 * MIB + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"adamw", "paged-adamw", "paged-adamw-8bit"})
  void namesAreReadBack(String name) {
    assertEquals(name, OptimizerState.parse(name).name());
  }

  @Test
  void whatCannotBeIsRefused() {
    OptionalLong none = OptionalLong.empty();
    assertThrows(ConfigurationException.class, () -> new OptimizerState(16, none));
    assertThrows(ConfigurationException.class, () -> OptimizerState.adamW().residentBudget(0));
    assertThrows(ConfigurationException.class, () -> OptimizerState.parse("sgd"));
  }
}
