// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each block against its formula in double loops. */
class WeightBlocksTest {
  private static final int ROWS = 5;
  private static final int IN = 7;
  private static final int OUT = 4;

  private final Random random = new Random(7);
  private NDManager manager;
  private TorchOps ops;
  private float[] x;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    ops = new TorchOps(manager);
    x = normal(ROWS * IN);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private float[] normal(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private float[] apply(WeightBlock block) {
    NDArray input = manager.create(x, new Shape(ROWS, IN));
    return block
        .forward(new ParameterStore(manager, false), new NDList(input), false)
        .singletonOrThrow()
        .toFloatArray();
  }

  private static void assertClose(double[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 1e-5 * Math.max(1, Math.abs(expected[i])), "" + i);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLinearIsItsFormula(boolean biased) {
    float[] w = normal(OUT * IN);
    float[] b = normal(OUT);
    double[] expected = new double[ROWS * OUT];
    for (int t = 0; t < ROWS; t++) {
      for (int o = 0; o < OUT; o++) {
        double sum = biased ? b[o] : 0;
        for (int i = 0; i < IN; i++) {
          sum += (double) x[t * IN + i] * w[o * IN + i];
        }
        expected[t * OUT + o] = sum;
      }
    }
    DenseLinear linear =
        new DenseLinear(
            ops, manager.create(w, new Shape(OUT, IN)), biased ? manager.create(b) : null);
    assertClose(expected, apply(linear));
    assertEquals(
        new Shape(ROWS, OUT), linear.getOutputShapes(new Shape[] {new Shape(ROWS, IN)})[0]);
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-3f, 1, 1e6f})
  void aRootMeanSquareNormIsItsFormula(float scale) {
    float[] w = normal(IN);
    for (int i = 0; i < x.length; i++) {
      x[i] *= scale;
    }
    double[] expected = new double[ROWS * IN];
    for (int t = 0; t < ROWS; t++) {
      double squares = 0;
      for (int i = 0; i < IN; i++) {
        squares += (double) x[t * IN + i] * x[t * IN + i];
      }
      double factor = 1 / Math.sqrt(squares / IN + 1e-5);
      for (int i = 0; i < IN; i++) {
        expected[t * IN + i] = x[t * IN + i] * factor * w[i];
      }
    }
    assertClose(expected, apply(new RmsNorm(ops, manager.create(w), 1e-5, 0)));
  }

  @Test
  void aRowOfZerosHasNoNormAndNoNaN() {
    Arrays.fill(x, 0f);
    assertArrayEquals(
        new float[ROWS * IN], apply(new RmsNorm(ops, manager.ones(new Shape(IN)), 1e-5, 0)));
  }

  @Test
  void aLayerNormIsItsFormula() {
    float[] w = normal(IN);
    float[] b = normal(IN);
    double[] expected = new double[ROWS * IN];
    for (int t = 0; t < ROWS; t++) {
      double mean = 0;
      double variance = 0;
      for (int i = 0; i < IN; i++) {
        mean += x[t * IN + i] / (double) IN;
      }
      for (int i = 0; i < IN; i++) {
        variance += (x[t * IN + i] - mean) * (x[t * IN + i] - mean) / IN;
      }
      for (int i = 0; i < IN; i++) {
        expected[t * IN + i] = (x[t * IN + i] - mean) / Math.sqrt(variance + 1e-2) * w[i] + b[i];
      }
    }
    assertClose(expected, apply(new LayerNorm(ops, manager.create(w), manager.create(b), 1e-2)));
  }

  @Test
  void anEmbeddingPicksRowsAndScalesThem() {
    float[] table = normal(6 * IN);
    TokenEmbedding embedding = new TokenEmbedding(ops, manager.create(table, new Shape(6, IN)), 3);
    NDArray ids = manager.create(new long[] {4, 0, 4});
    float[] rows =
        embedding
            .forward(new ParameterStore(manager, false), new NDList(ids), false)
            .singletonOrThrow()
            .toFloatArray();
    for (int i = 0; i < IN; i++) {
      assertEquals(3 * table[4 * IN + i], rows[i]);
      assertEquals(3 * table[i], rows[IN + i]);
      assertEquals(3 * table[4 * IN + i], rows[2 * IN + i]);
    }
  }

  @Test
  void anotherBiasMayStandInForTheBases() {
    NDArray weight = manager.zeros(new Shape(OUT, IN));
    DenseLinear linear = new DenseLinear(ops, weight, manager.ones(new Shape(OUT)));
    Parameter own =
        Parameter.builder()
            .setName("bias")
            .setType(Parameter.Type.BIAS)
            .optArray(manager.create(new float[] {1, 2, 3, 4}))
            .build();
    linear.bias().replace(own);
    assertSame(own, linear.bias().inUse().orElseThrow());
    assertArrayEquals(new float[] {1, 2, 3, 4}, Arrays.copyOf(apply(linear), OUT));
    linear.bias().replace(null);
    assertArrayEquals(new float[] {1, 1, 1, 1}, Arrays.copyOf(apply(linear), OUT));
  }

  @Test
  void weightsAreFrozenAtFirst() {
    DenseLinear linear =
        new DenseLinear(
            ops,
            manager.zeros(new Shape(OUT, IN), DataType.FLOAT32),
            manager.zeros(new Shape(OUT)));
    assertEquals(2, linear.getParameters().size());
    linear.getParameters().forEach(pair -> assertFalse(pair.getValue().requiresGradient()));
  }
}
