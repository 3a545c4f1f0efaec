// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.spi.LowRankUpdate;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The formulas of DoRA against the weight W + s·BA written out. */
class DoraTest {
  private static final float SCALE = 2;
  private static final int IN = 7;
  private static final int OUT = 5;

  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final NDArray weight = random(OUT, IN);
  private final NDArray bias = random(OUT);
  private final NDArray magnitude = random(OUT);
  private final NDArray a = random(2, IN);
  private final NDArray b = random(OUT, 2);
  private final NDArray scale = manager.create(SCALE);
  private final FrozenLinear base = new Base();
  private Dora dora;

  private NDArray random(long... shape) {
    return manager.randomNormal(0, 1, new Shape(shape), DataType.FLOAT32);
  }

  @BeforeEach
  void create() {
    dora = Dora.own(base, Dora.rowSquares(weight, manager), magnitude);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** The map under the adapter, with a bias. */
  private final class Base implements FrozenLinear {
    @Override
    public NDArray product(NDArray x) {
      return x.matMul(weight.transpose());
    }

    @Override
    public Optional<NDArray> biasInUse() {
      return Optional.of(bias);
    }
  }

  private NDArray sum() {
    return weight.add(b.matMul(a).mul(SCALE));
  }

  private NDArray norms() {
    return sum().square().sum(new int[] {1}).sqrt();
  }

  private NDArray rescaled() {
    return sum().mul(magnitude.div(norms()).expandDims(1));
  }

  private static void assertClose(NDArray expected, NDArray actual) {
    assertEquals(expected.getShape(), actual.getShape());
    assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), 1e-5f);
  }

  @Test
  void normsOfThePartsAreThoseOfTheSum() {
    NDArray squares = Dora.rowSquares(weight, manager);
    assertClose(norms(), Dora.norms(base, squares, a, b, scale, manager));
  }

  @Test
  void theMergedWeightHasRowsOfTheMagnitude() {
    try (LoraAdapter adapter = LoraAdapter.own(a, b, SCALE, 0, dora)) {
      NDArray merged = adapter.merged(weight, manager);
      assertClose(rescaled(), merged);
      assertClose(magnitude.abs(), merged.square().sum(new int[] {1}).sqrt());
    }
  }

  @Test
  void withoutDropoutTheLayerComputesTheRescaledWeight() {
    NDArray x = random(3, IN);
    NDArray y = base.product(x).add(bias);
    assertClose(x.matMul(rescaled().transpose()).add(bias), forward(x, x, y));
  }

  /** PEFT: the base sees x, what is rescaled sees it dropped; less the base once. */
  @Test
  void withDropoutOnlyTheChangeSeesWhatWasDropped() {
    NDArray x = random(3, IN);
    NDArray dropped = random(3, IN);
    NDArray y = base.product(x).add(bias);
    NDArray change = dropped.matMul(rescaled().sub(weight).transpose());
    assertClose(y.duplicate().add(change), forward(x, dropped, y));
  }

  private NDArray forward(NDArray x, NDArray dropped, NDArray y) {
    Map<TensorRole, NDArray> own = Map.of(TensorRole.LORA_MAGNITUDE, magnitude);
    return dora.forward(new VariantInput(x, dropped, y, a, b, scale, own, LowRankUpdate.PORTABLE));
  }
}
