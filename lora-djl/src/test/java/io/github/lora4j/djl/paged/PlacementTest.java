// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private static final long PAGE = 100;
  private final PagePool pool = new PagePool(8, 4);

  @Test
  void piecesLieOneAfterTheOtherAtTheHighEnd() {
    Placement placement = Placement.take(pool, new long[] {120, 5, 40}, PAGE).orElseThrow();
    assertEquals(List.of(new PageRun(6, 8)), placement.runs());
    assertArrayEquals(new long[] {600, 728, 744}, placement.offsets());
    assertEquals(6, pool.free());
  }

  @Test
  void piecesGoApartWhereNoRunHoldsThemAll() {
    pool.take(new PageRun(6, 7));
    pool.take(new PageRun(2, 4));
    Placement placement = Placement.take(pool, new long[] {150, 90, 16, 110}, PAGE).orElseThrow();
    // Page 7 takes the second piece, pages 4 and 5 the first and third, pages 0 and 1 the last.
    assertEquals(
        List.of(new PageRun(7, 8), new PageRun(4, 6), new PageRun(0, 2)), placement.runs());
    assertArrayEquals(new long[] {400, 700, 560, 0}, placement.offsets());
    assertEquals(0, pool.free());
  }

  @Test
  void whereThereIsNoRoomNothingIsTaken() {
    pool.take(new PageRun(3, 4));
    pool.take(new PageRun(6, 7));
    assertTrue(Placement.take(pool, new long[] {350}, PAGE).isEmpty(), "no four neighbours");
    assertTrue(Placement.take(pool, new long[] {601, 1}, PAGE).isEmpty(), "six pages in all");
    assertEquals(6, pool.free());
  }
}
