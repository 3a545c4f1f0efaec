// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.tape.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Runs a piece of a decoder on the tape and under libtorch's graph, and holds both together. */
final class TapedPieces {
  private static final double TOLERANCE = 2e-5;

  private final NDManager manager;
  private final Random random = new Random(11);

  TapedPieces(NDManager manager) {
    this.manager = manager;
  }

  /** A piece of a decoder; it asks the engine's mode which way it is run. */
  @FunctionalInterface
  interface Piece {
    NDArray run(NDArray x, ForwardPass pass);
  }

  NDArray normal(long... shape) {
    Shape all = new Shape(shape);
    float[] values = new float[Math.toIntExact(all.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, all);
  }

  NDArray trained(long... shape) {
    NDArray array = normal(shape);
    array.setRequiresGradient(true);
    return array;
  }

  /**
   * Output, input gradient and the gradients of the parameters agree on both ways.
   *
   * @param inputLearns whether the input's gradient is wanted
   * @param parameters what trains
   */
  void assertAgree(
      Piece piece, ForwardPass pass, NDArray x, boolean inputLearns, List<NDArray> parameters) {
    List<float[]> expected = graph(piece, pass, x, inputLearns, parameters);
    List<float[]> actual = tape(piece, pass, x, inputLearns, parameters);
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertClose(expected.get(i), actual.get(i), "result " + i);
    }
  }

  private List<float[]> graph(
      Piece piece, ForwardPass pass, NDArray x, boolean inputLearns, List<NDArray> parameters) {
    zero(parameters);
    NDArray leaf = x.duplicate();
    leaf.setRequiresGradient(inputLearns);
    List<float[]> results = new ArrayList<>();
    try (EngineMode mode = EngineMode.recording()) {
      // A sum, because some pieces write over their input, which a leaf forbids. Not a product with
      // a number: DJL frees the number while libtorch's graph still reads it.
      NDArray y = piece.run(leaf.add(manager.zeros(x.getShape())), pass);
      results.add(y.toFloatArray());
      JniUtils.backward((PtNDArray) y, (PtNDArray) outputGradient(y), false, false);
    }
    if (inputLearns) {
      results.add(leaf.getGradient().toFloatArray());
    }
    parameters.forEach(p -> results.add(p.getGradient().toFloatArray()));
    return results;
  }

  private List<float[]> tape(
      Piece piece, ForwardPass pass, NDArray x, boolean inputLearns, List<NDArray> parameters) {
    zero(parameters);
    List<float[]> results = new ArrayList<>();
    try (EngineMode mode = EngineMode.inference();
        Tape tape = Tape.ofSegment();
        NDScope scope = new NDScope()) {
      NDArray input = x.duplicate();
      tape.begin(input, inputLearns);
      NDArray y = piece.run(input, pass.on(tape));
      results.add(y.toFloatArray());
      tape.backward(y, outputGradient(y), input).ifPresent(dx -> results.add(dx.toFloatArray()));
    }
    parameters.forEach(p -> results.add(p.getGradient().toFloatArray()));
    return results;
  }

  /** Weighs each output differently, the same each time. */
  private NDArray outputGradient(NDArray y) {
    return manager.arange((float) y.size()).mul(0.37f).sin().reshape(y.getShape());
  }

  private static void zero(List<NDArray> parameters) {
    parameters.forEach(p -> p.getGradient().muli(0));
  }

  static void assertClose(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
    }
    assertTrue(largest > 0, what + " is nothing but zeros");
    assertEquals(0, difference / largest, TOLERANCE, what);
  }
}
