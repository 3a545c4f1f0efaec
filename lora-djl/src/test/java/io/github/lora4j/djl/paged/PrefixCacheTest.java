// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.djl.model.DecoderModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrefixCacheTest {
  private static final int[] TOKENS = {1, 2, 3, 4, 5, 6, 7, 8, 9};

  private final PagePool pool = new PagePool(6, 4);
  private final PrefixCache cache = new PrefixCache(pool);

  private BlockTable fed(String adapter, int... tokens) {
    BlockTable table = new BlockTable(pool);
    cache.adopt(table, adapter, tokens);
    assertTrue(table.reserve(tokens.length));
    cache.publish(table, adapter, tokens);
    return table;
  }

  @Test
  void sequencesThatBeginAlikeShareFullPages() {
    try (BlockTable first = fed("a", TOKENS);
        BlockTable second = new BlockTable(pool)) {
      assertEquals(4, cache.adopt(second, "a", new int[] {1, 2, 3, 4, 5, 0, 7, 8, 9}));
      assertEquals(first.page(0), second.page(0));
      assertEquals(3, pool.users(first.page(0)), "two sequences and the cache");
      assertEquals(1, pool.users(first.page(2)), "a page that is not full is not shared");
      second.close();
      assertEquals(8, cache.adopt(second, "a", TOKENS));
    }
    assertEquals(2, pool.idle());
    assertEquals(6, pool.available());
    assertEquals(4, pool.free());
  }

  @Test
  void theLastTokenIsAlwaysFed() {
    fed("a", Arrays.copyOf(TOKENS, 8)).close();
    try (BlockTable table = new BlockTable(pool)) {
      assertEquals(4, cache.adopt(table, "a", Arrays.copyOf(TOKENS, 8)));
    }
  }

  @Test
  void anotherAdapterHasOtherPages() {
    fed("a", TOKENS).close();
    try (BlockTable table = new BlockTable(pool)) {
      assertEquals(0, cache.adopt(table, "b", TOKENS));
      assertEquals(0, cache.adopt(table, "", TOKENS));
    }
  }

  @Test
  void pagesGoWhenOthersNeedThemTheEndsOfOldPrefixesFirst() {
    fed("a", TOKENS).close();
    fed("b", TOKENS).close();
    try (BlockTable touch = new BlockTable(pool);
        BlockTable large = new BlockTable(pool)) {
      assertEquals(8, cache.adopt(touch, "a", TOKENS));
      touch.close();
      assertTrue(large.reserve(3 * 4));
      assertEquals(4, cache.adopt(touch, "b", TOKENS), "the end of the older prefix is gone");
      touch.close();
      assertTrue(large.reserve(5 * 4));
      assertEquals(0, pool.free());
      // What was used last is what is left: the beginning of b.
      assertEquals(4, cache.adopt(touch, "b", TOKENS));
      touch.close();
      assertEquals(0, cache.adopt(touch, "a", TOKENS));
    }
  }

  @Test
  void pagesInUseStay() {
    try (BlockTable first = fed("a", TOKENS);
        BlockTable large = new BlockTable(pool)) {
      assertFalse(large.reserve(4 * 4));
      assertTrue(large.reserve(3 * 4));
      assertEquals(0, pool.available());
      assertEquals(3, first.size());
    }
  }

  @Test
  void aForgottenAdapterHasNoPages() {
    BlockTable running = fed("a", TOKENS);
    fed("b", TOKENS).close();
    cache.forget("a");
    assertEquals(1, pool.users(running.page(0)));
    try (BlockTable table = new BlockTable(pool)) {
      assertEquals(0, cache.adopt(table, "a", TOKENS));
      assertEquals(8, cache.adopt(table, "b", TOKENS));
    }
    running.close();
    cache.forget("b");
    assertEquals(6, pool.free());
    assertEquals(0, pool.idle());
  }

  @Test
  void runsAreMadeOfIdlePagesToo() {
    fed("a", TOKENS).close();
    assertEquals(4, pool.free());
    Placement placement = Placement.take(pool, new long[] {480}, 100).orElseThrow();
    assertEquals(List.of(new PageRun(1, 6)), placement.runs());
    placement.runs().forEach(pool::release);
    try (BlockTable table = new BlockTable(pool)) {
      assertEquals(4, cache.adopt(table, "a", TOKENS), "the first page could stay");
    }
  }

  @Test
  void whateverHappensPagesAddUp() {
    Random random = new Random(7);
    List<BlockTable> tables = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      if (tables.size() < 3 && random.nextBoolean()) {
        int[] tokens = random.ints(1 + random.nextInt(12), 0, 2).toArray();
        BlockTable table = new BlockTable(pool);
        String adapter = random.nextBoolean() ? "a" : "b";
        cache.adopt(table, adapter, tokens);
        if (table.reserve(tokens.length)) {
          cache.publish(table, adapter, tokens);
          tables.add(table);
        } else {
          table.close();
        }
      } else if (!tables.isEmpty()) {
        Collections.shuffle(tables, random);
        tables.remove(0).close();
      }
      int once = (int) IntStream.range(0, 6).filter(this::isUsedOnce).count();
      assertEquals(once, pool.idle() + inUseOnce(tables), "step " + i);
    }
    tables.forEach(BlockTable::close);
    cache.forget("a");
    cache.forget("b");
    assertEquals(6, pool.free());
  }

  private boolean isUsedOnce(int page) {
    return pool.users(page) == 1;
  }

  /** Pages with one user who is a sequence. */
  private int inUseOnce(List<BlockTable> tables) {
    return (int)
        tables.stream()
            .flatMapToInt(table -> IntStream.range(0, table.size()).map(table::page))
            .filter(page -> pool.users(page) == 1)
            .count();
  }

  @Test
  void aSharedPrefixGivesTheSameLogits() {
    int[] longer = PagedModels.with(TOKENS, 17, 23, 42);
    try (DecoderModel model = PagedModels.load(PagedModels.MODELS.resolve("llama"));
        PagedDecoder decoder = PagedModels.paged(model, 4)) {
      PrefixCache shared = new PrefixCache(decoder.pool());
      try (PagedSequence first = new PagedSequence(decoder.pool(), "", TOKENS);
          BlockTable table = new BlockTable(decoder.pool())) {
        decoder.step(new StepRows(List.of(first.rows(9))));
        shared.publish(first.table, "", TOKENS);
        int known = shared.adopt(table, "", longer);
        assertEquals(8, known);
        assertTrue(table.reserve(longer.length));
        int[] rest = Arrays.copyOfRange(longer, known, longer.length);
        SequenceRows rows = new SequenceRows(rest, known, table, "", true);
        float[] logits = decoder.step(new StepRows(List.of(rows))).logits(0);
        assertArrayEquals(PagedModels.full(model, longer), logits, 1e-4f);
        assertNotEquals(first.table.page(2), table.page(2));
      }
    }
  }
}
