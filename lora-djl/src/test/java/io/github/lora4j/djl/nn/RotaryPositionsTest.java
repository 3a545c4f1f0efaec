// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.RotaryPairing;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RotaryPositionsTest {
  private static final int HEAD_DIM = 32;

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** As the configurations in make_samples.py. */
  static Stream<Arguments> schemes() {
    return Stream.of(
        Arguments.of("default", 10_000.0, new RopeScaling.None()),
        Arguments.of("linear", 10_000.0, new RopeScaling.Linear(4)),
        Arguments.of("llama3", 500_000.0, new RopeScaling.Llama3(8, 1, 4, 64)),
        Arguments.of("yarn", 10_000.0, new RopeScaling.Yarn(4, 0, 6, 0.1 * Math.log(4) + 1)));
  }

  /** Rotates x as queries, with a key and a value of ones beside them. */
  private NDArray rotate(RotaryPositions positions, int[] at, NDArray x) {
    long width = x.getShape().get(1);
    int headDim = width == HEAD_DIM ? HEAD_DIM : 4;
    DecoderSpec spec =
        DecoderSpec.builder()
            .numHeads((int) width / headDim)
            .keyValueHeads(1)
            .headDim(headDim)
            .build();
    NDArray qkv = x.concat(manager.ones(new Shape(at.length, 2L * headDim)), 1);
    QkvLayout layout = QkvLayout.columns(new TorchOps(manager), spec);
    NDArray rotated = positions.rotation(manager, at).apply(qkv, layout, Tape.NONE);
    return layout.split(rotated).get(0);
  }

  /** A head of ones and then zeros turns to its cosines and then its sines. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("schemes")
  void anglesAreThoseOfTransformers(String type, double theta, RopeScaling scaling) {
    ReferencePositions.Rotary expected = ReferencePositions.rotary(type);
    RotaryPositions positions = new RotaryPositions(HEAD_DIM, theta, scaling);
    int tokens = expected.positions().length;
    float[] x = new float[tokens * HEAD_DIM];
    for (int t = 0; t < tokens; t++) {
      Arrays.fill(x, t * HEAD_DIM, t * HEAD_DIM + HEAD_DIM / 2, 1f);
    }
    float[] rotated =
        rotate(positions, expected.positions(), manager.create(x, new Shape(tokens, HEAD_DIM)))
            .toFloatArray();
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < HEAD_DIM / 2; i++) {
        // At position 300 a float32 frequency is good for 300 · 2⁻²⁴ of an angle.
        String where = "position %d frequency %d".formatted(expected.positions()[t], i);
        assertEquals(expected.cos()[t][i], rotated[t * HEAD_DIM + i], 2e-5, where);
        assertEquals(expected.sin()[t][i], rotated[t * HEAD_DIM + HEAD_DIM / 2 + i], 2e-5, where);
      }
    }
  }

  @Test
  void eachHeadIsRotatedAlike() {
    RotaryPositions positions = new RotaryPositions(4, 10_000, new RopeScaling.None());
    NDArray x = manager.create(new float[] {1, 2, 3, 4, 1, 2, 3, 4}, new Shape(1, 8));
    NDArray rotated = rotate(positions, new int[] {3}, x);
    assertEquals(new Shape(1, 8), rotated.getShape());
    float[] values = rotated.toFloatArray();
    assertArrayEquals(Arrays.copyOf(values, 4), Arrays.copyOfRange(values, 4, 8));
    double angle = 3 * Math.pow(10_000, -2.0 / 4);
    assertEquals(2 * Math.cos(angle) - 4 * Math.sin(angle), values[1], 1e-6);
    assertEquals(4 * Math.cos(angle) + 2 * Math.sin(angle), values[3], 1e-6);
  }

  @Test
  void neighboursMayTurnTogetherAndTheRestOfAHeadStays() {
    RotaryPositions positions =
        new RotaryPositions(4, 10_000, new RopeScaling.None(), RotaryPairing.NEIGHBOURS);
    float[] head = new float[HEAD_DIM];
    for (int i = 0; i < HEAD_DIM; i++) {
      head[i] = i + 1;
    }
    NDArray x = manager.create(head, new Shape(1, HEAD_DIM));
    float[] values = rotate(positions, new int[] {3}, x).toFloatArray();
    for (int pair = 0; pair < 2; pair++) {
      double angle = 3 * Math.pow(10_000, -pair / 2.0);
      double first = 2 * pair + 1;
      double second = 2 * pair + 2;
      double turned = first * Math.cos(angle) - second * Math.sin(angle);
      assertEquals(turned, values[2 * pair], 1e-5);
      assertEquals(second * Math.cos(angle) + first * Math.sin(angle), values[2 * pair + 1], 1e-5);
    }
    assertArrayEquals(
        Arrays.copyOfRange(head, 4, HEAD_DIM), Arrays.copyOfRange(values, 4, HEAD_DIM));
  }

  @Test
  void farPositionsComeAfterNearOnes() {
    RotaryPositions positions = new RotaryPositions(4, 10_000, new RopeScaling.None());
    NDArray x = manager.ones(new Shape(1, 4));
    float[] near = rotate(positions, new int[] {2}, x).toFloatArray();
    for (int far : new int[] {255, 256, 5_000}) {
      float[] values = rotate(positions, new int[] {far}, x).toFloatArray();
      assertEquals(Math.cos(far) - Math.sin(far), values[0], 1e-5, "position " + far);
    }
    assertArrayEquals(near, rotate(positions, new int[] {2}, x).toFloatArray());
  }

  @Test
  void causalityNeedsNoMaskAndDecodingHidesWhatIsNotThere() {
    RotaryPositions positions = new RotaryPositions(4, 10_000, new RopeScaling.None());
    assertTrue(positions.mask(manager, 5).isEmpty());
    NDArray mask = positions.decodeMask(manager, new int[] {1, 3}, 3);
    assertEquals(new Shape(2, 1, 1, 3), mask.getShape());
    float none = Float.NEGATIVE_INFINITY;
    assertArrayEquals(new float[] {0, none, none, 0, 0, 0}, mask.toFloatArray());
  }
}
