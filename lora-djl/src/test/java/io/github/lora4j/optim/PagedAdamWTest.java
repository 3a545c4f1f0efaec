// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.spi.OptimizerKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers of a paged optimizer, and what it takes and gives back. */
class PagedAdamWTest {
  @TempDir Path directory;

  private static PagedAdamW.Builder small(int bits) {
    return PagedAdamW.builder().bits(bits).learningRate(1e-2f).pageSize(4096).residentBudget(8192);
  }

  private static Map<String, float[]> run(Optimizer optimizer, DataType type) {
    try (OptimizerRun run = new OptimizerRun(type)) {
      return run.steps(optimizer, 1, 6).values();
    }
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
  }

  @Test
  void stateFarAboveTheBudgetTrainsAsAdamW() {
    try (AdamW plain = AdamW.builder().learningRate(1e-2f).build();
        PagedAdamW paged = small(32).build()) {
      assertSame(run(plain, DataType.FLOAT32), run(paged, DataType.FLOAT32));
      PagingStatistics statistics = paged.statistics();
      assertEquals(8192, statistics.residentBytes());
      assertTrue(statistics.stateBytes() > 40 * statistics.residentBytes());
      assertTrue(statistics.bytesRead() > 0 && statistics.bytesWritten() > 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void theBudgetDoesNotShowInTheNumbers(int bits) {
    try (PagedAdamW resident = small(bits).residentBudget(1 << 24).build();
        PagedAdamW half = small(bits).residentBudget(1 << 17).build();
        PagedAdamW paged = small(bits).build()) {
      Map<String, float[]> expected = run(resident, DataType.FLOAT32);
      assertEquals(0, resident.statistics().bytesWritten());
      assertSame(expected, run(half, DataType.FLOAT32));
      assertSame(expected, run(paged, DataType.FLOAT32));
    }
  }

  @Test
  void aKernelThatReachesNoMemoryStepsTheSameNumbersInCopies() {
    try (PagedAdamW reaching = small(32).build();
        PagedAdamW copying = small(32).kernels(OptimizerKernels.PORTABLE).build()) {
      assertSame(run(reaching, DataType.FLOAT32), run(copying, DataType.FLOAT32));
    }
  }

  @Test
  void operatorsStepTheSameNumbersToRounding() {
    try (AdamW kernel = AdamW.builder().learningRate(1e-2f).build();
        AdamW operators =
            AdamW.builder().learningRate(1e-2f).kernels(OptimizerKernels.PORTABLE).build()) {
      Map<String, float[]> expected = run(kernel, DataType.FLOAT32);
      Map<String, float[]> actual = run(operators, DataType.FLOAT32);
      expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), 5e-7f, name));
    }
  }

  @Test
  void halfPrecisionWeightsAreSteppedInFloatAndRounded() {
    try (PagedAdamW half = small(32).build();
        PagedAdamW single = small(32).build();
        OptimizerRun halves = new OptimizerRun(DataType.FLOAT16);
        OptimizerRun floats = new OptimizerRun()) {
      Map<String, float[]> expected = floats.steps(single, 1, 1).values();
      Map<String, float[]> actual = halves.steps(half, 1, 1).values();
      expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), 4e-3f, name));
    }
  }

  @Test
  void aTransposedWeightIsStepped() {
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(32).build();
        AdamW plain = AdamW.builder().learningRate(1e-2f).build()) {
      NDArray straight = run.weights.get("b").duplicate();
      NDArray transposed = run.weights.get("b").transpose();
      NDArray gradient = run.manager().create(2f).broadcast(straight.getShape());
      plain.update("b", straight, gradient);
      optimizer.update("b", transposed, gradient.transpose());
      assertArrayEquals(straight.toFloatArray(), transposed.transpose().toFloatArray());
    }
  }

  @Test
  void twoOptimizersDoNotDisturbEachOther() {
    try (PagedAdamW first = small(32).stateFile(directory.resolve("1")).build();
        PagedAdamW second = small(32).stateFile(directory.resolve("2")).build();
        PagedAdamW alone = small(32).build();
        OptimizerRun one = new OptimizerRun();
        OptimizerRun two = new OptimizerRun()) {
      for (int step = 1; step <= 6; step++) {
        one.steps(first, step, step);
        two.steps(second, step, step);
      }
      assertSame(run(alone, DataType.FLOAT32), one.values());
      assertSame(one.values(), two.values());
    }
  }

  @Test
  void stepsLeaveNoArraysBehindAndClosingLeavesNoFile() throws IOException {
    Path file = directory.resolve("pages");
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(8).stateFile(file).build()) {
      BaseNDManager manager = (BaseNDManager) run.manager();
      int before = manager.getManagedArrays().size();
      run.steps(optimizer, 1, 3);
      assertEquals(before, manager.getManagedArrays().size());
      assertTrue(Files.exists(file));
      assertEquals(1, openFiles(file));
      optimizer.close();
      assertFalse(Files.exists(file));
      assertEquals(0, openFiles(file));
    }
  }

  private static long openFiles(Path file) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .filter(descriptor -> target(descriptor).startsWith(file.toString()))
          .count();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed since it was listed
    }
  }
}
