// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a weight that exists only for a moment is made, and when it is freed. */
class OpenedWeightTest {
  private final List<String> events = new ArrayList<>();
  private NDManager manager;
  private ModuleSlot slot;
  private NDArray x;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    TorchOps ops = new TorchOps(manager);
    TapedPieces pieces = new TapedPieces(manager);
    x = pieces.normal(4, 3);
    AdaptableModule module = new AdaptableModule("m", Kind.LINEAR, false, 3, 5, false);
    DenseWeight dense = new DenseWeight(ops.linearProducts(), pieces.normal(5, 3));
    slot = new ModuleSlot(module, new DirectStore(manager), ops, new Momentary(dense));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private void pass(Tape tape, boolean back) {
    try (EngineMode mode = EngineMode.inference();
        tape) {
      if (tape.isRecording()) {
        tape.begin(x, true);
      }
      NDArray y = slot.forward(x, ForwardPass.ofRows(false, tape));
      events.add("forward");
      if (back) {
        tape.backward(y, y.onesLike(), x).orElseThrow();
        events.add("back");
      }
    }
  }

  @Test
  void aPassThatIsNotNotedFreesItAtOnce() {
    pass(Tape.NONE, false);
    assertEquals(List.of("open", "close", "forward"), events);
  }

  @Test
  void aSegmentHoldsItUntilItsBackwardHalf() {
    pass(Tape.ofSegment(), true);
    assertEquals(List.of("open", "forward", "close", "back"), events);
  }

  @Test
  void aWholePassMakesItAgain() {
    pass(Tape.ofWholePass(), true);
    assertEquals(List.of("open", "close", "forward", "open", "close", "back"), events);
  }

  @Test
  void aSegmentThatIsGivenUpFreesIt() {
    pass(Tape.ofSegment(), false);
    assertEquals(List.of("open", "forward", "close"), events);
  }

  /** Tells when its weight is opened and closed. */
  private final class Momentary extends LinearBlock implements LinearWeight {
    private final DenseWeight dense;
    private final BiasSlot bias = new BiasSlot(null);

    Momentary(DenseWeight dense) {
      super(dense.in());
      this.dense = dense;
    }

    @Override
    public LinearWeight linearWeight() {
      return this;
    }

    @Override
    public BiasSlot bias() {
      return bias;
    }

    @Override
    public int in() {
      return dense.in();
    }

    @Override
    public int out() {
      return dense.out();
    }

    @Override
    public OpenWeight open(NDManager owner) {
      events.add("open");
      return new OpenWeight() {
        @Override
        public NDArray product(NDArray x, Optional<NDArray> b, Optional<NDArray> residual) {
          return dense.product(x, b, residual);
        }

        @Override
        public NDArray inputGradient(NDArray dy) {
          return dense.inputGradient(dy);
        }

        @Override
        public void close() {
          events.add("close");
        }
      };
    }

    @Override
    protected NDArray product(NDArray x, Optional<NDArray> b) {
      throw new UnsupportedOperationException("a pass runs it as a step");
    }

    @Override
    public NDArray weightIn(NDManager scope) {
      throw new UnsupportedOperationException("it has none");
    }

    @Override
    public WeightBlock withWeights(BiFunction<String, NDArray, NDArray> weights) {
      throw new UnsupportedOperationException("it has none");
    }
  }
}
