// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PagePoolTest {
  private final PagePool pool = new PagePool(5, 4);

  @Test
  void aPageIsFreeAgainWhenItsLastUserIsGone() {
    int page = pool.take().orElseThrow();
    pool.retain(page);
    pool.release(page);
    assertEquals(1, pool.users(page));
    assertEquals(4, pool.free());
    pool.release(page);
    assertEquals(5, pool.free());
    assertThrows(IllegalStateException.class, () -> pool.release(page));
    assertThrows(IllegalStateException.class, () -> pool.retain(page));
  }

  @Test
  void aTableTakesAllItNeedsOrNothing() {
    BlockTable first = new BlockTable(pool);
    BlockTable second = new BlockTable(pool);
    assertTrue(first.reserve(9));
    assertEquals(3, first.size());
    assertEquals(12, first.capacity());
    assertTrue(first.reserve(12), "no further page is needed");
    assertTrue(second.reserve(1));
    assertFalse(second.reserve(13));
    assertEquals(1, second.size());
    assertEquals(1, pool.free());
    first.close();
    assertEquals(0, first.size());
    assertTrue(second.reserve(13));
    second.close();
    assertEquals(5, pool.free());
  }

  @Test
  void runsLieAtTheHighEndAndSinglePagesAtTheLow() {
    assertEquals(OptionalInt.of(0), pool.take());
    assertEquals(List.of(new PageRun(1, 5)), pool.freeRuns());
    pool.take(new PageRun(3, 4));
    assertEquals(List.of(new PageRun(4, 5), new PageRun(1, 3)), pool.freeRuns());
    assertThrows(IllegalStateException.class, () -> pool.take(new PageRun(2, 4)));
  }
}
