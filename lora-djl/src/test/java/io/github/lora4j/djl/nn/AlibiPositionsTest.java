// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AlibiPositionsTest {
  static IntStream heads() {
    return IntStream.rangeClosed(1, 32);
  }

  /** The slopes by transformers' build_alibi_tensor. */
  @ParameterizedTest
  @MethodSource("heads")
  void slopesAreThoseOfTransformers(int heads) {
    float[] expected = ReferencePositions.alibiSlopes(heads);
    float[] slopes = AlibiPositions.slopes(heads);
    assertEquals(heads, slopes.length);
    for (int h = 0; h < heads; h++) {
      assertEquals(expected[h], slopes[h], 1e-6 * expected[h], "head " + h);
    }
  }

  /** The slopes by transformers' build_mpt_alibi_tensor. */
  @ParameterizedTest
  @MethodSource("heads")
  void slopesOfMptAreThoseOfTransformers(int heads) {
    float[] expected = ReferencePositions.mptSlopes(heads);
    float[] slopes = AlibiPositions.mptSlopes(heads, 8);
    assertEquals(heads, slopes.length);
    for (int h = 0; h < heads; h++) {
      assertEquals(expected[h], slopes[h], 1e-6 * expected[h], "head " + h);
    }
  }

  /** Far keys get biases that bfloat16 rounds, as transformers' Falcon adds them. */
  @Test
  void biasesOfFalconAreRoundedAsInTransformers() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      AlibiPositions positions = AlibiPositions.ofFalcon(new TorchOps(manager), 6, 8);
      ReferencePositions.Biases expected = ReferencePositions.falconBiases();
      NDArray mask = positions.decodeMask(manager, new int[] {600}, 600);
      assertEquals(new Shape(1, 6, 1, 600), mask.getShape());
      float[] values = mask.toFloatArray();
      for (int h = 0; h < 6; h++) {
        for (int i = 0; i < expected.keys().length; i++) {
          int key = (int) expected.keys()[i];
          assertEquals(expected.biases()[h][i], values[600 * h + key], 1e-5, "key " + key);
        }
      }
    }
  }

  /** Press et al., 2022: for 2^n heads the slopes begin at 2^(-8/heads), each the power of it. */
  @ParameterizedTest
  @MethodSource("heads")
  void slopesFollowTheFormula(int heads) {
    int power = Integer.highestOneBit(heads);
    double[] expected = new double[heads];
    for (int h = 0; h < heads; h++) {
      // Behind a power of two: every other slope of the next power, from its first.
      expected[h] =
          h < power
              ? Math.pow(2, -8.0 * (h + 1) / power)
              : Math.pow(2, -8.0 * (2 * (h - power) + 1) / (2 * power));
    }
    float[] slopes = AlibiPositions.slopes(heads);
    for (int h = 0; h < heads; h++) {
      assertEquals(expected[h], slopes[h], 1e-6 * expected[h]);
    }
  }

  @Test
  void theMaskAddsSlopeTimesKeyAndHidesTheFuture() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      AlibiPositions positions = new AlibiPositions(new TorchOps(manager), 6);
      float[] slopes = AlibiPositions.slopes(6);
      NDArray mask = positions.mask(manager, 3).orElseThrow();
      assertEquals(new Shape(1, 6, 3, 3), mask.getShape());
      float[] values = mask.toFloatArray();
      for (int h = 0; h < 6; h++) {
        for (int query = 0; query < 3; query++) {
          for (int key = 0; key < 3; key++) {
            float expected = key > query ? Float.NEGATIVE_INFINITY : slopes[h] * key;
            assertEquals(expected, values[(h * 3 + query) * 3 + key]);
          }
        }
      }
    }
  }

  @Test
  void aNewTokenSeesTheKeysOfItsSequence() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      AlibiPositions positions = new AlibiPositions(new TorchOps(manager), 2);
      NDArray mask = positions.decodeMask(manager, new int[] {1, 3}, 3);
      assertEquals(new Shape(2, 2, 1, 3), mask.getShape());
      float none = Float.NEGATIVE_INFINITY;
      float[] s = AlibiPositions.slopes(2);
      assertArrayEquals(
          new float[] {0, none, none, 0, none, none, 0, s[0], 2 * s[0], 0, s[1], 2 * s[1]},
          mask.toFloatArray());
    }
  }
}
