// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.NativeKernels.InstructionSet;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LowRankScript.Columns;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Low-rank updates in C, in every instruction set, against the same in libtorch's operators. */
class LowRankStepTest {
  private NDManager manager;
  private TorchOps ops;
  private NativeKernels kernels;
  private InstructionSet before;

  @BeforeEach
  void open() {
    manager = PyTorchEngine.newManager(Device.cpu());
    ops = new TorchOps(manager);
    assumeTrue(NativeKernels.get().isPresent(), "built without a C compiler");
    kernels = NativeKernels.get().orElseThrow();
    before = kernels.instructionSet();
  }

  @AfterEach
  void close() {
    if (before != null) {
      kernels.use(before);
    }
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1,16,16,1,1",
    "7,33,21,3,2",
    "64,128,96,8,4",
    "19,100,65,16,5",
    "130,48,257,9,8",
    "5,3,2,4,1"
  })
  void nativeAndScriptedUpdatesAgree(int tokens, int in, int out, int rank, int secondRank) {
    for (InstructionSet set : InstructionSet.values()) {
      kernels.use(set);
      for (boolean strided : new boolean[] {false, true}) {
        new Case(new RowSpan(0, tokens), tokens, in, out, rank, secondRank, strided)
            .assertAgree(set.toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0,1,9", "3,4,9", "2,9,9", "40,130,131"})
  void updatesOfSomeRowsAgreeAndLeaveTheOthers(int from, int to, int tokens) {
    for (InstructionSet set : InstructionSet.values()) {
      kernels.use(set);
      for (boolean strided : new boolean[] {false, true}) {
        Case some = new Case(new RowSpan(from, to), tokens, 40, 24, 8, 3, strided);
        some.assertAgree(set.toString());
        some.assertOtherRowsUntouched();
      }
    }
  }

  /** Two maps of one input; strided: every matrix is columns in the middle of a wider one. */
  private final class Case {
    private final RowSpan span;
    private final List<LoraAdapter> adapters = new ArrayList<>();
    private final List<LowRankTerm> terms = new ArrayList<>();
    private final int in;
    private final NDArray x;
    private final NDArray y;
    private final NDArray dy;
    private final NDArray dx;

    Case(RowSpan span, int tokens, int in, int out, int rank, int secondRank, boolean strided) {
      this.span = span;
      this.in = in;
      List<Columns> columns = List.of(new Columns(0, out), new Columns(out + 3, 2 * out + 3));
      x = matrix(tokens, in, strided);
      y = matrix(tokens, 2 * out + 3, strided);
      dy =
          strided
              ? matrix(2 * out + 3, tokens, false).transpose()
              : matrix(tokens, 2 * out + 3, false);
      dx = strided ? matrix(in, tokens, false).transpose() : matrix(tokens, in, false);
      for (int r : new int[] {rank, secondRank}) {
        NDArray a = matrix(r, in, false);
        NDArray b = matrix(out, r, false);
        a.setRequiresGradient(true);
        LoraAdapter adapter = LoraAdapter.own(a, b, 1.5, 0f); // the second factor is frozen
        terms.add(new LowRankTerm(columns.get(adapters.size()), adapter));
        adapters.add(adapter);
      }
      adapters.get(0).b().getArray().setRequiresGradient(true);
    }

    private NDArray matrix(int rows, int columns, boolean strided) {
      NDArray wide = manager.randomNormal(new Shape(rows, columns + (strided ? 5 : 0)));
      return strided ? wide.get(":, 2:" + (columns + 2)) : wide;
    }

    void assertAgree(String what) {
      List<NDArray> expected = run(false);
      List<NDArray> actual = run(true);
      for (int i = 0; i < expected.size(); i++) {
        float scale = 1 + expected.get(i).abs().max().getFloat();
        float worst = expected.get(i).sub(actual.get(i)).abs().max().getFloat();
        assertTrue(worst < 2e-6f * scale * Math.sqrt(in), what + " result " + i + ": " + worst);
      }
    }

    void assertOtherRowsUntouched() {
      List<NDArray> results = run(true);
      assertTrue(changesOnlyTheSpan(results.get(0), y));
      assertTrue(changesOnlyTheSpan(results.get(1), dx));
    }

    /** All rows of the span differ, and no other does. */
    private boolean changesOnlyTheSpan(NDArray result, NDArray before) {
      boolean[] same = result.sub(before).abs().max(new int[] {1}).eq(0).toBooleanArray();
      for (int row = 0; row < same.length; row++) {
        if (same[row] == (row >= span.from() && row < span.to())) {
          return false;
        }
      }
      return true;
    }

    List<NDArray> run(boolean inC) {
      List<NDArray> results = new ArrayList<>();
      try (EngineMode mode = EngineMode.inference()) {
        NDArray out = copy(y);
        NDArray gradient = copy(dx);
        LowRankStep step =
            inC
                ? NativeLowRankStep.of(ops, span, terms, x, out).orElseThrow()
                : new ScriptedLowRankStep(ops, span, terms, 0, x, out);
        adapters.forEach(this::clear);
        step.backward(dy, gradient);
        results.add(out);
        results.add(gradient);
        for (LoraAdapter adapter : adapters) {
          results.add(adapter.a().getArray().getGradient().duplicate());
        }
        results.add(adapters.get(0).b().getArray().getGradient().duplicate());
        assertEquals(false, adapters.get(1).b().getArray().hasGradient());
        step.backward(dy);
        NDArray twice = adapters.get(0).a().getArray().getGradient();
        results.add(twice.duplicate());
      }
      return results;
    }

    private void clear(LoraAdapter adapter) {
      for (NDArray factor : List.of(adapter.a().getArray(), adapter.b().getArray())) {
        if (factor.hasGradient()) {
          ops.zero().apply(factor.getGradient());
        }
      }
    }

    /** In the order of the original's strides. */
    private NDArray copy(NDArray array) {
      return array.duplicate();
    }
  }
}
