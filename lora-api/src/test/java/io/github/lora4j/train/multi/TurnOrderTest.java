// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TurnOrderTest {
  private static final JobTurn LONG = new JobTurn("long", 0, 100, 50, 10);
  private static final JobTurn SHORT = new JobTurn("short", 1, 300, 9, 20);
  private static final JobTurn URGENT = new JobTurn("urgent", 2, 900, 99, 30);
  private static final JobTurn ALSO_URGENT = new JobTurn("also urgent", 2, 800, 100, 30);

  private static List<String> sorted(TurnOrder order) {
    return List.of(URGENT, SHORT, LONG, ALSO_URGENT).stream()
        .sorted(order)
        .map(JobTurn::name)
        .toList();
  }

  @Test
  void aFairShareGoesToTheLeastServed() {
    assertEquals(List.of("long", "short", "also urgent", "urgent"), sorted(TurnOrder.fairShare()));
  }

  @Test
  void theShortestHasTheFewestTokensLeft() {
    assertEquals(
        List.of("short", "long", "urgent", "also urgent"), sorted(TurnOrder.shortestFirst()));
  }

  @Test
  void equalPrioritiesShareFairly() {
    assertEquals(List.of("also urgent", "urgent", "short", "long"), sorted(TurnOrder.priority()));
  }
}
