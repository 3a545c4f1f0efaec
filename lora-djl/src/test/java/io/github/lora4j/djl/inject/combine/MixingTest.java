// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.combine.MajoritySign;
import io.github.lora4j.djl.kernel.CombineOps;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each rule on numbers that can be followed by hand. */
class MixingTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = PyTorchEngine.newManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray row(float... values) {
    return manager.create(values, new Shape(1, values.length));
  }

  private static void assertRow(NDArray actual, float... expected) {
    assertArrayEquals(expected, actual.toFloatArray(), 1e-6f);
  }

  @Test
  void weightedSum() {
    NDArray sum = new WeightedSum().mix(List.of(row(1, 2), row(10, -20)), List.of(0.5, -0.1));
    assertRow(sum, -0.5f, 3);
  }

  @Test
  void theTotalElectsTheSignOfTheSum() {
    List<NDArray> tasks = List.of(row(3, 1, -1, 0), row(-1, -2, 1, 0), row(-1, -2, 0, 0));
    NDArray mixed = new SignElection(MajoritySign.TOTAL).mix(tasks, List.of(1.0, 1.0, 2.0));
    // +: 3 alone; −: −2 and 2 · −2; no majority is +: 1 alone; nothing agrees with nothing.
    assertRow(mixed, 3, -3, 1, 0);
  }

  @Test
  void theFrequencyElectsTheSignThatMoreHave() {
    List<NDArray> tasks = List.of(row(3, 5), row(-1, -1), row(-1, 2));
    NDArray mixed = new SignElection(MajoritySign.FREQUENCY).mix(tasks, List.of(1.0, 1.0, 2.0));
    assertRow(mixed, -1.5f, 4.5f);
  }

  @Test
  void theLargestValuesStay() {
    NDArray task = manager.create(new float[] {1, -5, 3, 0.5f, -2, 4}, new Shape(2, 3));
    CombineOps ops = new CombineOps(new TorchOps(manager));
    NDArray half = new MagnitudePruning(0.5, ops).prune(task);
    assertEquals(new Shape(2, 3), half.getShape());
    assertRow(half, 0, -5, 3, 0, 0, 4);
    assertRow(new MagnitudePruning(0.34, ops).prune(task), 0, -5, 0, 0, 0, 4);
    assertRow(new MagnitudePruning(0.1, ops).prune(task), 0, 0, 0, 0, 0, 0);
    assertSame(task, new MagnitudePruning(1, ops).prune(task));
  }

  /** The numbers drawn are given: what stays is stretched by 1 / density. */
  @Test
  void whatChanceLeavesIsStretched() {
    NDArray drawn = row(0.1f, 0.5f, 0.3f, 0.9f);
    NDArray pruned = new RandomPruning(0.4, task -> drawn).prune(row(2, 4, -6, 8));
    assertRow(pruned, 5, 0, -15, 0);
  }

  @Test
  void chanceKeepsTheExpectation() {
    manager.getEngine().setRandomSeed(5);
    NDArray task = manager.ones(new Shape(400, 400));
    NDArray pruned = RandomPruning.of(0.25).prune(task);
    assertEquals(1, pruned.mean().getFloat(), 0.02);
    assertEquals(0.25, pruned.neq(0).countNonzero().getLong() / 160_000.0, 0.005);
    assertSame(task, RandomPruning.of(1).prune(task));
  }

  @Test
  void aQuantileLiesBetweenTheValuesAroundIt() {
    float[] sorted = {1, 2, 4, 8};
    assertEquals(1, Decomposed.quantile(sorted, 0));
    assertEquals(3, Decomposed.quantile(sorted, 0.5), 1e-6);
    assertEquals(8, Decomposed.quantile(sorted, 1));
  }

  @Test
  void aHigherRankIsFilledWithZeros() {
    FactorPair pair =
        new FactorPair(row(1, 2), manager.create(new float[] {3, 4}, new Shape(2, 1)));
    assertSame(pair, pair.padded(1));
    FactorPair padded = pair.padded(3);
    assertEquals(new Shape(3, 2), padded.a().getShape());
    assertRow(padded.b(), 3, 0, 0, 4, 0, 0);
    assertRow(padded.b().matMul(padded.a()), 3, 6, 4, 8);
  }
}
