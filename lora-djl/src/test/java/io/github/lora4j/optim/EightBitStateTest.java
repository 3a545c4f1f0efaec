// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.quant.DynamicMap;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moments in 8 bits, against the formulas in double precision. */
class EightBitStateTest {
  private static final int SIZE = 4096 + 300;
  private static final int BLOCK = 256;
  private static final double RATE = 1e-2;

  @TempDir Path directory;
  private final OptimizerRun run = new OptimizerRun();
  private final PagedAdamW optimizer =
      PagedAdamW.builder()
          .bits(8)
          .learningRate((float) RATE)
          .pageSize(4096)
          .residentBudget(8192)
          .build();

  @AfterEach
  void close() {
    optimizer.close();
    run.close();
  }

  private static float[] gradient(int step) {
    float[] values = OptimizerRun.gaussian(new Random(step), new Shape(SIZE), 1);
    for (int i = 0; i < SIZE; i++) {
      values[i] *= (float) Math.pow(10, -i % 5);
    }
    return values;
  }

  private void step(NDArray weight, float[] gradient) {
    try (NDArray array = run.manager().create(gradient)) {
      optimizer.update("w", weight, array);
    }
  }

  private byte[] bytes(String tensor) {
    Path file = directory.resolve("state");
    optimizer.save(file);
    try (SafetensorsFile saved = SafetensorsFile.open(file)) {
      ByteBuffer stored = saved.tensor("w." + tensor).bytes();
      byte[] bytes = new byte[stored.remaining()];
      stored.get(bytes);
      return bytes;
    }
  }

  @Test
  void weightsAndCodesAreThoseOfThePlainComputation() {
    float[] start = OptimizerRun.gaussian(new Random(1), new Shape(SIZE), 1);
    NDArray weight = run.manager().create(start);
    Reference reference = new Reference(start);
    for (int step = 1; step <= 8; step++) {
      step(weight, gradient(step));
      reference.step(gradient(step));
      assertClose(reference.weights, weight.toFloatArray());
      assertTrue(differences(bytes("state1"), reference.meanCodes) <= 4, "means of " + step);
      assertTrue(
          differences(bytes("state2"), reference.varianceCodes) <= 4, "variances of " + step);
    }
  }

  private static void assertClose(double[] expected, float[] actual) {
    for (int i = 0; i < SIZE; i++) {
      double tolerance = 1e-6 * Math.max(1, Math.abs(expected[i]));
      assertEquals(expected[i], actual[i], tolerance, "weight " + i);
    }
  }

  /** A value that lies between two codes may fall to either by its last bit. */
  private static int differences(byte[] actual, int[] expected) {
    assertEquals(expected.length, actual.length);
    int count = 0;
    for (int i = 0; i < actual.length; i++) {
      int distance = Math.abs((actual[i] & 0xff) - expected[i]);
      assertTrue(distance <= 1, "code " + i);
      count += distance;
    }
    return count;
  }

  @Test
  void gradientsOfZeroLeaveZeros() {
    float[] start = new float[SIZE];
    Arrays.fill(start, 1);
    NDArray weight = run.manager().create(start);
    for (int step = 0; step < 3; step++) {
      step(weight, new float[SIZE]);
    }
    assertEquals(Math.pow(1 - RATE * 0.01, 3), weight.getFloat(SIZE - 1), 1e-6);
    for (byte code : bytes("state1")) {
      assertEquals(127, code);
    }
    for (byte value : bytes("absmax2")) {
      assertEquals(0, value);
    }
  }

  @Test
  void anElementWithoutAFiniteGradientStaysAndItsNeighboursDoNot() {
    float[] clean = gradient(1);
    float[] spoiled = clean.clone();
    spoiled[5] = Float.NaN;
    spoiled[700] = Float.NEGATIVE_INFINITY;
    float[] start = OptimizerRun.gaussian(new Random(1), new Shape(SIZE), 1);
    NDArray weight = run.manager().create(start);
    NDArray other = run.manager().create(start);
    step(weight, spoiled);
    try (NDArray gradient = run.manager().create(clean)) {
      optimizer.update("other", other, gradient);
    }
    float[] expected = other.toFloatArray();
    expected[5] = start[5];
    expected[700] = start[700];
    assertArrayEquals(expected, weight.toFloatArray());
    assertEquals(127, bytes("state1")[5]);
    assertEquals(0, bytes("state2")[700]);
  }

  @Test
  void theMeanKeepsItsSignBelowZero() {
    float[] gradient = new float[SIZE];
    gradient[0] = 1;
    gradient[1] = -1e-9f;
    gradient[2] = 1e-9f;
    step(run.manager().zeros(new Shape(SIZE)), gradient);
    byte[] codes = bytes("state1");
    assertEquals(126, codes[1], "the value next to 0, as bitsandbytes does");
    assertEquals(127, codes[2]);
  }

  @Test
  void aByteAValueIsKept() {
    optimizer.close();
    int values = 1 << 20;
    try (PagedAdamW eight = PagedAdamW.builder().bits(8).pageSize(1 << 16).build()) {
      NDArray weight = run.manager().zeros(new Shape(values));
      eight.update("w", weight, weight);
      assertEquals(2.03 * values, eight.statistics().stateBytes(), 1 << 16);
    }
  }

  /** The formulas, one value at a time. */
  private static final class Reference {
    private final double[] weights;
    private final int[] meanCodes = new int[SIZE];
    private final int[] varianceCodes = new int[SIZE];
    private final double[] meanAbsmax = new double[SIZE / BLOCK + 1];
    private final double[] varianceAbsmax = new double[SIZE / BLOCK + 1];
    private int step;

    Reference(float[] start) {
      weights = new double[SIZE];
      for (int i = 0; i < SIZE; i++) {
        weights[i] = start[i];
      }
    }

    void step(float[] gradient) {
      step++;
      double[] means = decode(meanCodes, meanAbsmax, DynamicMap.signed());
      double[] variances = decode(varianceCodes, varianceAbsmax, DynamicMap.unsigned());
      for (int i = 0; i < SIZE; i++) {
        means[i] = 0.9 * means[i] + 0.1 * gradient[i];
        variances[i] = 0.999 * variances[i] + 0.001 * gradient[i] * gradient[i];
        double mean = means[i] / (1 - Math.pow(0.9, step));
        double variance = variances[i] / (1 - Math.pow(0.999, step));
        weights[i] -= RATE * 0.01 * weights[i];
        weights[i] -= RATE * mean / (Math.sqrt(variance) + 1e-8);
      }
      encode(means, meanCodes, meanAbsmax, DynamicMap.signed());
      encode(variances, varianceCodes, varianceAbsmax, DynamicMap.unsigned());
    }

    private static double[] decode(int[] codes, double[] absmax, float[] map) {
      double[] values = new double[SIZE];
      for (int i = 0; i < SIZE; i++) {
        values[i] = map[codes[i]] * absmax[i / BLOCK];
      }
      return values;
    }

    private static void encode(double[] values, int[] codes, double[] absmax, float[] map) {
      Arrays.fill(absmax, 0);
      for (int i = 0; i < SIZE; i++) {
        absmax[i / BLOCK] = Math.max(absmax[i / BLOCK], Math.abs(values[i]));
      }
      for (int i = 0; i < SIZE; i++) {
        codes[i] = nearest(map, values[i] / absmax[i / BLOCK]);
        if (map[codes[i]] == 0 && values[i] < 0) {
          codes[i]--;
        }
      }
    }

    private static int nearest(float[] map, double value) {
      int best = 0;
      for (int i = 1; i < map.length; i++) {
        if (Math.abs(map[i] - value) < Math.abs(map[best] - value)) {
          best = i;
        }
      }
      return best;
    }
  }
}
