// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TapeTest {
  private NDManager manager;
  private EngineMode mode;
  private NDArray x;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    mode = EngineMode.inference();
    x = manager.create(new float[] {1, 2, 3});
  }

  @AfterEach
  void close() {
    mode.close();
    manager.close();
  }

  /** y = factor · x. */
  private static NDArray scale(NDArray x, float factor, Tape tape) {
    NDArray y = x.mul(factor);
    if (tape.tracks(x)) {
      tape.record(y, (dy, t) -> t.give(x, dy.mul(factor)), x);
    }
    return y;
  }

  private static NDArray add(NDArray x, NDArray y, Tape tape) {
    NDArray sum = x.add(y);
    tape.record(
        sum,
        (d, t) -> {
          t.give(x, d.duplicate());
          t.give(y, d);
        });
    return sum;
  }

  private NDArray ones() {
    return manager.ones(x.getShape());
  }

  @Test
  void gradientsOfSeveralUsesAddUp() {
    Tape tape = Tape.ofWholePass();
    tape.begin(x, true);
    NDArray y = add(scale(x, 2, tape), add(x, scale(x, 5, tape), tape), tape);
    NDArray dx = tape.backward(y, ones(), x).orElseThrow();
    assertArrayEquals(new float[] {8, 8, 8}, dx.toFloatArray());
  }

  @Test
  void whatStepsKeepIsFreedOnTheWayAndTheInputIsNot() {
    Tape tape = Tape.ofWholePass();
    tape.begin(x, true);
    NDArray first;
    NDArray last;
    List<Boolean> freed = new ArrayList<>();
    try (NDScope scope = new NDScope()) {
      first = scale(x, 3, tape);
      NDArray second = x.mul(1);
      tape.record(
          second,
          (d, t) -> {
            freed.add(second.isReleased());
            t.give(first, d);
          },
          first);
      last = scale(second, 2, tape);
      NDScope.unregister(last);
    }
    assertTrue(tape.keeps(first));
    assertFalse(first.isReleased());
    assertArrayEquals(
        new float[] {6, 6, 6}, tape.backward(last, ones(), x).orElseThrow().toFloatArray());
    assertEquals(List.of(true), freed, "what only the last step kept");
    assertTrue(first.isReleased());
    assertFalse(x.isReleased());
  }

  @Test
  void aTapeThatIsGivenUpFreesWhatItKept() {
    List<String> released = new ArrayList<>();
    NDArray kept = x.mul(2);
    try (Tape tape = Tape.ofSegment()) {
      tape.begin(x, true);
      tape.record(kept, (d, t) -> {}, () -> released.add("weight"), kept);
    }
    assertTrue(kept.isReleased());
    assertEquals(List.of("weight"), released);
  }

  @Test
  void heldThingsAreReleasedOnceAfterTheirStep() {
    List<String> order = new ArrayList<>();
    Tape tape = Tape.ofSegment();
    tape.begin(x, true);
    NDArray y = x.mul(2);
    tape.record(
        y,
        (d, t) -> {
          order.add("step");
          t.give(x, d);
        },
        () -> order.add("release"));
    tape.backward(y, ones(), x).orElseThrow().close();
    tape.close();
    assertEquals(List.of("step", "release"), order);
  }

  @Test
  void nothingIsAskedOfAnInputThatDoesNotLearn() {
    Tape tape = Tape.ofWholePass();
    tape.begin(x, false);
    NDArray y = scale(x, 2, tape);
    assertFalse(tape.tracks(y));
    assertTrue(tape.backward(y, ones(), x).isEmpty());
  }

  @Test
  void anIslandFillsItsParametersGradientAndGivesItsInputs() {
    NDArray w = manager.create(new float[] {4, 5, 6});
    w.setRequiresGradient(true);
    Tape tape = Tape.ofWholePass();
    tape.begin(x, true);
    NDArray y = tape.island(x, true, input -> input.mul(w).mul(input));
    NDArray dx = tape.backward(y, ones(), x).orElseThrow();
    assertArrayEquals(new float[] {8, 20, 36}, dx.toFloatArray());
    assertArrayEquals(new float[] {1, 4, 9}, w.getGradient().toFloatArray());
  }

  @Test
  void aParametersGradientAddsUpAndAFrozenOnesDoesNotExist() {
    NDArray trained = ones();
    trained.setRequiresGradient(true);
    NDArray frozen = ones();
    for (int i = 0; i < 3; i++) {
      ParameterGradients.add(trained, x);
      ParameterGradients.add(frozen, x);
    }
    assertArrayEquals(new float[] {3, 6, 9}, trained.getGradient().toFloatArray());
    assertArrayEquals(new float[] {1, 2, 3}, x.toFloatArray());
    assertFalse(frozen.hasGradient());
  }
}
