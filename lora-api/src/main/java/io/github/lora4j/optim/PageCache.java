// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Pages, of which so many are resident as there are frames. As long as all are, no file is made.
 *
 * <p>A training loop uses its pages in the same order in each step. So the page after the one in
 * use is fetched in the background, and what has to make room is a page that was not used in the
 * last round, else the one used just now: of all it will be needed last. (The least recently used
 * one would be needed first: under that rule no page would ever be found resident.)
 *
 * <p>Used by one thread at a time.
 */
final class PageCache implements AutoCloseable {
  private final int maxFrames;
  private final int pageSize;
  private final PageTraffic traffic;
  private final List<Page> pages = new ArrayList<>();
  private final List<Frame> frames = new ArrayList<>();

  /** By last use. */
  private final TreeMap<Long, Page> resident = new TreeMap<>();

  private @Nullable Page current;
  private long clock;

  PageCache(int maxFrames, int pageSize, PageTraffic traffic) {
    this.maxFrames = maxFrames;
    this.pageSize = pageSize;
    this.traffic = traffic;
  }

  int pageSize() {
    return pageSize;
  }

  /** A page of zeros; on the disk there is room for it if it might have to go there. */
  Page create() {
    traffic.requireHealthy();
    int count = pages.size() + 1;
    if (count > maxFrames) {
      traffic.reserve(count);
    }
    Page page = new Page(pages.size());
    pages.add(page);
    return page;
  }

  /**
   * Brings a page to memory.
   *
   * @return its bytes, to be read and written until the next call
   */
  ByteBuffer use(Page page) {
    traffic.requireHealthy();
    if (page != current) {
      if (page.frame == null) {
        fetch(page, page.lastUse);
      }
      follow(page);
    }
    await(page);
    page.dirty = true;
    return bytes(page);
  }

  /** Makes a page the one in use, and has the one fetched that came after it the last time. */
  private void follow(Page page) {
    if (current != null) {
      current.next = page;
    }
    current = page;
    long round = page.lastUse;
    resident.remove(page.lastUse);
    page.lastUse = ++clock;
    resident.put(page.lastUse, page);
    if (page.next != null && page.next.frame == null) {
      fetch(page.next, round);
    }
  }

  /** Starts to bring a page into a free frame or one that is given up. */
  private void fetch(Page page, long round) {
    Frame frame = frames.size() < maxFrames ? newFrame() : giveUp(round);
    page.frame = frame;
    page.loading = page.lastUse == 0 ? traffic.clear(frame) : traffic.read(frame, page.number);
    page.dirty = false;
    if (page.lastUse > 0) {
      resident.put(page.lastUse, page);
    }
  }

  private Frame newFrame() {
    Frame frame = new Frame(pageSize);
    frames.add(frame);
    return frame;
  }

  /** Pages last used before the round began were left out of it, and may never be used again. */
  private Frame giveUp(long round) {
    Map.Entry<Long, Page> oldest = resident.firstEntry();
    Map.Entry<Long, Page> victim = oldest.getKey() < round ? oldest : resident.lastEntry();
    if (victim.getValue() == current && resident.size() > 1) {
      victim = resident.lowerEntry(victim.getKey());
    }
    Page page = victim.getValue();
    resident.remove(victim.getKey());
    Frame frame = frameOf(page);
    if (page.dirty) {
      traffic.write(frame, page.number);
    }
    page.frame = null;
    return frame;
  }

  /**
   * A page as it is, without bringing it to its place among the resident ones.
   *
   * @param spare where it is read to if it is not resident
   * @return its bytes, valid until the next call of anything here
   */
  ByteBuffer look(Page page, Frame spare) {
    traffic.requireHealthy();
    if (page.frame != null) {
      await(page);
      return bytes(page);
    }
    traffic.await(page.lastUse == 0 ? traffic.clear(spare) : traffic.read(spare, page.number));
    return spare.bytes();
  }

  /** What is kept, where, and what was moved so far. */
  PagingStatistics statistics() {
    return new PagingStatistics(
        (long) pages.size() * pageSize,
        (long) frames.size() * pageSize,
        traffic.reads() * pageSize,
        traffic.writes() * pageSize);
  }

  private void await(Page page) {
    if (page.loading != null) {
      traffic.await(page.loading);
      page.loading = null;
    }
  }

  private static ByteBuffer bytes(Page page) {
    return frameOf(page).bytes();
  }

  private static Frame frameOf(Page page) {
    if (page.frame == null) {
      throw new IllegalStateException("page " + page.number + " is not resident");
    }
    return page.frame;
  }

  /** Frees the memory and the file. */
  @Override
  public void close() {
    traffic.close();
    frames.forEach(Frame::close);
    frames.clear();
    pages.clear();
    resident.clear();
    current = null;
  }
}
