// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which pages are kept, and that none is lost. */
class PageCacheTest {
  private static final int SIZE = 4096;
  private static final int FRAMES = 6;
  private final PageCache cache =
      new PageCache(FRAMES, SIZE, new PageTraffic(SIZE, PageFile::createTemporary));
  private final List<Page> pages = new ArrayList<>();
  private final List<Long> expected = new ArrayList<>();

  @AfterEach
  void close() {
    cache.close();
  }

  private void create(int count) {
    for (int i = 0; i < count; i++) {
      pages.add(cache.create());
      expected.add(0L);
    }
  }

  /** Checks both ends of a page and changes them. */
  private void use(int number) {
    ByteBuffer bytes = cache.use(pages.get(number));
    long value = expected.get(number);
    assertEquals(value, bytes.getLong(0), "begin of page " + number);
    assertEquals(value, bytes.getLong(SIZE - 8), "end of page " + number);
    long next = value + 1 + number;
    bytes.putLong(0, next).putLong(SIZE - 8, next);
    expected.set(number, next);
  }

  private long read() {
    return cache.statistics().bytesRead() / SIZE;
  }

  @Test
  void whatFitsIsNeverMoved() {
    create(FRAMES);
    for (int i = 0; i < 10 * FRAMES; i++) {
      use(i % FRAMES);
    }
    assertEquals(0, read());
    assertEquals(0, cache.statistics().bytesWritten());
  }

  @Test
  void aRoundReadsOnlyWhatDoesNotFit() {
    int count = 20;
    create(count);
    for (int i = 0; i < 3 * count; i++) {
      use(i % count);
    }
    long before = read();
    for (int i = 0; i < 10 * count; i++) {
      use(i % count);
    }
    long perRound = (read() - before) / 10;
    assertTrue(perRound <= count - FRAMES + 2, perRound + " pages were read in a round");
  }

  @Test
  void pagesOfARoundThatIsOverMakeRoom() {
    create(2 * FRAMES);
    for (int i = 0; i < 5 * FRAMES; i++) {
      use(i % FRAMES);
    }
    for (int i = 0; i < 3 * FRAMES; i++) {
      use(FRAMES + i % FRAMES);
    }
    long before = read();
    for (int i = 0; i < 5 * FRAMES; i++) {
      use(FRAMES + i % FRAMES);
    }
    assertEquals(before, read());
  }

  @Test
  void noOrderLosesAPage() {
    create(15);
    Random random = new Random(3);
    for (int i = 0; i < 3000; i++) {
      if (random.nextInt(100) == 0) {
        create(1);
      }
      use(random.nextInt(pages.size()));
    }
    try (Frame spare = new Frame(SIZE)) {
      for (int i = 0; i < pages.size(); i++) {
        assertEquals(expected.get(i), cache.look(pages.get(i), spare).getLong(0), "page " + i);
      }
    }
  }

  @Test
  void twoFramesAreEnough() {
    try (PageCache narrow =
        new PageCache(2, SIZE, new PageTraffic(SIZE, PageFile::createTemporary))) {
      List<Page> own = List.of(narrow.create(), narrow.create(), narrow.create());
      for (int i = 0; i < 30; i++) {
        ByteBuffer bytes = narrow.use(own.get(i * 7 % 3));
        assertEquals(i / 3, bytes.getInt(8));
        bytes.putInt(8, i / 3 + 1);
      }
    }
  }
}
