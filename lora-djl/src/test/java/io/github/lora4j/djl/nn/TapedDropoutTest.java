// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.FusedLowRankUpdate;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An adapted map under dropout. With the same values dropped it is linear in each of x, A and B, so
 * the gradient times a change must be the change of the output.
 */
class TapedDropoutTest {
  private static final int ROWS = 40;
  private static final int IN = 10;
  private static final int OUT = 6;

  private NDManager manager;
  private NDArray x;
  private NDArray a;
  private NDArray b;
  private NDArray dy;
  private ModuleSlot slot;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    TorchOps ops = new TorchOps(manager);
    TapedPieces pieces = new TapedPieces(manager);
    x = pieces.normal(ROWS, IN);
    a = pieces.trained(3, IN);
    b = pieces.trained(OUT, 3);
    dy = pieces.normal(ROWS, OUT);
    DenseLinear base = new DenseLinear(ops, pieces.normal(OUT, IN), null);
    LoraLinear lora = new LoraLinear(base, IN, OUT, new FusedLowRankUpdate(ops));
    lora.put("x", LoraAdapter.own(a, b, 2, 0.5f));
    lora.activate("x");
    AdaptableModule module = new AdaptableModule("m", Kind.LINEAR, false, IN, OUT, false);
    slot = new ModuleSlot(module, new DirectStore(manager), ops, base);
    slot.adapt(lora);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray output(boolean training) {
    Engine.getEngine("PyTorch").setRandomSeed(5);
    try (EngineMode mode = EngineMode.inference()) {
      return slot.forward(x, ForwardPass.ofRows(training, Tape.NONE));
    }
  }

  private NDArray inputGradient() {
    Engine.getEngine("PyTorch").setRandomSeed(5);
    try (EngineMode mode = EngineMode.inference();
        Tape tape = Tape.ofSegment()) {
      tape.begin(x, true);
      NDArray y = slot.forward(x, ForwardPass.ofRows(true, tape));
      Optional<NDArray> dx = tape.backward(y, dy.duplicate(), x);
      return dx.orElseThrow();
    }
  }

  private double along(NDArray gradient, NDArray change) {
    return gradient.mul(change).sum().getFloat();
  }

  private void assertGradientIsTheChange(NDArray array, NDArray gradient) {
    NDArray before = output(true);
    NDArray change = manager.arange((float) array.size()).cos().reshape(array.getShape());
    try (EngineMode mode = EngineMode.inference()) {
      array.addi(change);
    }
    double expected = along(dy, output(true).sub(before));
    assertEquals(expected, along(gradient, change), 2e-4 * Math.abs(expected));
  }

  @Test
  void gradientOfTheInputSeesWhatWasDropped() {
    assertGradientIsTheChange(x, inputGradient());
  }

  @Test
  void gradientOfEachFactorSeesWhatWasDropped() {
    inputGradient().close();
    NDArray gradientOfA = a.getGradient().duplicate();
    NDArray gradientOfB = b.getGradient().duplicate();
    NDArray before = a.duplicate().stopGradient();
    assertGradientIsTheChange(a, gradientOfA);
    try (EngineMode mode = EngineMode.inference()) {
      a.muli(0).addi(before);
    }
    assertGradientIsTheChange(b, gradientOfB);
  }

  @Test
  void aPassNotedAndOneThatIsNotDropTheSame() {
    float[] first = output(true).toFloatArray();
    assertArrayEquals(first, output(true).toFloatArray());
    assertNotEquals(first[0], output(false).toFloatArray()[0]);
  }
}
