// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.NativeKernels.InstructionSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Updates of many adapters in one call are those that libtorch adds one by one. */
class RankTermTest {
  private static final int[] ROWS = {1, 2, 3, 4, 9, 1};
  private static final int[] RANKS = {1, 4, 7, 64, 70, 129};
  private static final int[] COLUMNS = {5, 32, 67};

  @ParameterizedTest
  @CsvSource({"PLAIN, 16", "PLAIN, 37", "AVX2, 37", "AVX2, 64", "AVX512, 37", "AVX512, 64"})
  void termsAddUp(InstructionSet set, int in) {
    assumeTrue(NativeKernels.get().isPresent(), "built without a C compiler");
    NativeKernels kernels = NativeKernels.get().orElseThrow();
    InstructionSet before = kernels.use(set);
    try (NDManager manager = PyTorchEngine.newManager(Device.cpu())) {
      assertAddUp(kernels, manager, in);
    } finally {
      kernels.use(before);
    }
  }

  private static void assertAddUp(NativeKernels kernels, NDManager manager, int in) {
    NDArray x = random(manager, 20, in);
    NDArray y = random(manager, 20, 104);
    NDArray expected = y.duplicate();
    List<RankTerm> terms = new ArrayList<>();
    int row = 0;
    for (int i = 0; i < ROWS.length; i++) {
      int column = 0;
      for (int columns : COLUMNS) {
        NDArray a = random(manager, RANKS[i], in);
        NDArray bt = random(manager, RANKS[i], columns);
        double scaling = 0.5 + i;
        terms.add(
            new RankTerm(
                kernels.address(a),
                kernels.address(bt),
                RANKS[i],
                row,
                ROWS[i],
                column,
                columns,
                scaling));
        NDIndex here =
            new NDIndex().addSliceDim(row, row + ROWS[i]).addSliceDim(column, column + columns);
        NDArray own = x.get(new NDIndex().addSliceDim(row, row + ROWS[i]));
        NDArray update = own.matMul(a.transpose()).mul(scaling).matMul(bt);
        expected.set(here, expected.get(here).add(update));
        column += columns;
      }
      row += ROWS[i];
    }
    NativeLowRank lowRank = NativeLowRank.get().orElseThrow();
    lowRank.add(lowRank.rows(x), lowRank.rows(y), terms);
    assertArrayEquals(expected.toFloatArray(), y.toFloatArray(), 2e-3f);
  }

  private static NDArray random(NDManager manager, int rows, int columns) {
    return manager.randomNormal(0, 1, new Shape(rows, columns), DataType.FLOAT32);
  }
}
