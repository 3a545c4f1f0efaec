// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.github.lora4j.spi.LowRankUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fused update against the portable one, and both against the formula. */
class FusedLowRankUpdateTest {
  private static final int ROWS = 6;
  private static final int IN = 10;
  private static final int OUT = 8;
  private static final float SCALE = 1.75f;

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private record Factors(float[] x, float[] w, float[] a, float[] b, int rank) {
    static Factors of(int rank) {
      Random random = new Random(rank);
      return new Factors(
          normal(random, ROWS * IN),
          normal(random, OUT * IN),
          normal(random, rank * IN),
          normal(random, OUT * rank),
          rank);
    }

    private static float[] normal(Random random, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    }
  }

  /** Output, then the gradients of x, A and B for a loss that weighs each output differently. */
  private List<float[]> run(LowRankUpdate update, Factors f) {
    NDArray x = leaf(f.x, ROWS, IN);
    NDArray a = leaf(f.a, f.rank, IN);
    NDArray b = leaf(f.b, OUT, f.rank);
    NDArray w = manager.create(f.w, new Shape(OUT, IN));
    NDArray weights = manager.arange(0f, ROWS * OUT, 1f, DataType.FLOAT32);
    List<float[]> results = new ArrayList<>();
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      NDArray y = update.add(x, x.matMul(w.transpose()), a, b, manager.create(SCALE));
      results.add(y.toFloatArray());
      collector.backward(y.mul(weights.reshape(ROWS, OUT)).sum());
    }
    for (NDArray array : List.of(x, a, b)) {
      results.add(array.getGradient().toFloatArray());
    }
    return results;
  }

  private NDArray leaf(float[] values, long... shape) {
    NDArray array = manager.create(values, new Shape(shape));
    array.setRequiresGradient(true);
    return array;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8})
  void fusedAndPortableAgreeForwardAndBackward(int rank) {
    Factors factors = Factors.of(rank);
    List<float[]> portable = run(LowRankUpdate.PORTABLE, factors);
    List<float[]> fused = run(new FusedLowRankUpdate(new TorchOps(manager)), factors);
    for (int i = 0; i < portable.size(); i++) {
      double largest = 0;
      double difference = 0;
      for (int j = 0; j < portable.get(i).length; j++) {
        largest = Math.max(largest, Math.abs(portable.get(i)[j]));
        difference = Math.max(difference, Math.abs(portable.get(i)[j] - fused.get(i)[j]));
      }
      assertTrue(largest > 0);
      assertEquals(0, difference / largest, 1e-6, "result " + i);
    }
  }

  @Test
  void thePortableUpdateIsTheFormula() {
    Factors f = Factors.of(3);
    float[] y = run(LowRankUpdate.PORTABLE, f).get(0);
    for (int t = 0; t < ROWS; t++) {
      for (int o = 0; o < OUT; o++) {
        double expected = 0;
        for (int i = 0; i < IN; i++) {
          double change = 0;
          for (int r = 0; r < 3; r++) {
            change += (double) f.b[o * 3 + r] * f.a[r * IN + i];
          }
          expected += f.x[t * IN + i] * (f.w[o * IN + i] + SCALE * change);
        }
        assertEquals(expected, y[t * OUT + o], 1e-4);
      }
    }
  }
}
