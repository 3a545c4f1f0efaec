// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The budget bounds what the process takes, not only what it counts. */
class ResidentMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final long MIB = 1 << 20;
  private static final Shape SHAPE = new Shape(24, 1 << 20);
  private static final long STATE = SHAPE.size() * 8;
  private static final long BUDGET = 16 * MIB;

  @Test
  void theProcessGrowsByTheBudgetAndNotByTheState() throws IOException {
    assumeTrue(Files.exists(STATUS), "only Linux tells");
    try (NDManager manager = NDManager.newBaseManager();
        PagedAdamW warmUp = PagedAdamW.builder().pageSize(4096).residentBudget(8192).build();
        PagedAdamW paged = builder().residentBudget(BUDGET).build();
        PagedAdamW resident = builder().residentBudget(2 * STATE).build()) {
      NDArray weight = manager.ones(SHAPE);
      NDArray small = manager.ones(new Shape(5000));
      warmUp.update("w", small, small);
      long bounded = growth(paged, weight);
      assertTrue(bounded < 3 * BUDGET, bounded + " bytes for a budget of " + BUDGET);
      assertEquals(BUDGET, paged.statistics().residentBytes());
      long large = growth(resident, weight);
      assertTrue(large > STATE - BUDGET, large + " bytes for a state of " + STATE);
    }
  }

  private static PagedAdamW.Builder builder() {
    return PagedAdamW.builder().pageSize((int) MIB);
  }

  private static long growth(PagedAdamW optimizer, NDArray weight) throws IOException {
    long before = residentBytes();
    optimizer.update("w", weight, weight);
    optimizer.update("w", weight, weight);
    return residentBytes() - before;
  }

  private static long residentBytes() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }
}
