// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterRows.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdapterRowsTest {
  private static final AdapterRows ROWS =
      AdapterRows.ofEach(
          List.of(List.of("a"), List.of("a"), List.of(), List.of("b", "a"), List.of("a")));

  @Test
  void neighboursWithTheSameAdaptersAreOneRange() {
    assertEquals("[0-2 [a], 2-3 [], 3-4 [b, a], 4-5 [a]]", ROWS.toString());
  }

  @Test
  void sequencesSpreadOverTheirTokens() {
    AdapterRows tokens = ROWS.spread(new int[] {0, 3, 4, 4, 6, 9});
    assertEquals("[0-4 [a], 4-6 [b, a], 6-9 [a]]", tokens.toString());
  }

  @Test
  void selectedRowsKeepTheirAdapters() {
    assertEquals("[0-1 [a], 1-2 [], 2-3 [a]]", ROWS.select(new int[] {1, 2, 4}).toString());
    assertEquals("[0-2 [a]]", ROWS.select(new int[] {0, 4}).toString());
    assertEquals("[]", ROWS.select(new int[0]).toString());
  }

  @Test
  void activeAdaptersApplyWhateverTheRows() {
    assertTrue(AdapterRows.ACTIVE.ranges().isEmpty());
    assertSame(AdapterRows.ACTIVE, AdapterRows.ACTIVE.spread(new int[] {0, 3}));
    assertSame(AdapterRows.ACTIVE, AdapterRows.ACTIVE.select(new int[] {2}));
    assertEquals("active", AdapterRows.ACTIVE.toString());
  }

  @Test
  void whatCannotBeIsRefused() {
    refused("at least one row", () -> new Range(2, 2, List.of("a")));
    refused("at least one row", () -> new Range(-1, 2, List.of("a")));
    refused("twice", () -> new Range(0, 2, List.of("a", "b", "a")));
    refused("in order", () -> AdapterRows.of(List.of(range(2, 4), range(0, 2))));
    refused("in order", () -> AdapterRows.of(List.of(range(0, 3), range(2, 4))));
    refused("for 5 rows, but the batch has 2", () -> ROWS.spread(new int[] {0, 3, 5}));
  }

  private static Range range(int from, int to) {
    return new Range(from, to, List.of("a"));
  }

  private static void refused(String part, Runnable call) {
    String message = assertThrows(ConfigurationException.class, call::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
