// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * Which pages of a fixed number are in use, and by how many. Knows nothing of what lies in them.
 * For one thread.
 *
 * <p>Single pages are given from the low end and runs of neighbouring pages from the high end, so
 * that the two do not cut each other up.
 */
public final class PagePool {
  private final int pageTokens;
  private final int[] users;
  private final BitSet free;
  private final BitSet kept = new BitSet();
  private int idle;
  private BooleanSupplier shortage = () -> false;

  /**
   * Starts with all pages free.
   *
   * @param pages how many there are
   * @param pageTokens tokens of a sequence that a page holds
   */
  public PagePool(int pages, int pageTokens) {
    if (pages < 1 || pageTokens < 1) {
      throw new IllegalArgumentException(
          "a pool needs at least one page of one token, found %d pages of %d"
              .formatted(pages, pageTokens));
    }
    this.pageTokens = pageTokens;
    users = new int[pages];
    free = new BitSet(pages);
    free.set(0, pages);
  }

  /**
   * How many pages there are.
   *
   * @return free or in use
   */
  public int pages() {
    return users.length;
  }

  /**
   * How many pages nobody uses.
   *
   * @return the number
   */
  public int free() {
    return free.cardinality();
  }

  /**
   * How many pages are kept for sequences to come and used by none.
   *
   * @return the number
   */
  public int idle() {
    return idle;
  }

  /**
   * How many pages can be had.
   *
   * @return those that are free or idle
   */
  public int available() {
    return free() + idle;
  }

  /**
   * Tokens of a page.
   *
   * @return how many tokens of a sequence a page holds
   */
  public int pageTokens() {
    return pageTokens;
  }

  /**
   * How many pages hold a sequence.
   *
   * @param tokens its length
   * @return the number, the last page filled or not
   */
  public int pagesFor(int tokens) {
    return (tokens + pageTokens - 1) / pageTokens;
  }

  /** Whom to ask for a page when none is free; answers whether one is now. */
  void onShortage(BooleanSupplier giveUpOne) {
    shortage = giveUpOne;
  }

  /** Frees one idle page, if there is one. */
  boolean freeOne() {
    return idle > 0 && shortage.getAsBoolean();
  }

  /**
   * Takes a page, an idle one if none is free; its caller is the one user.
   *
   * @return its number, or empty if there is none
   */
  public OptionalInt take() {
    if (free.isEmpty() && !freeOne()) {
      return OptionalInt.empty();
    }
    int page = free.nextSetBit(0);
    use(page);
    return OptionalInt.of(page);
  }

  /** The runs of free pages, the highest first. */
  List<PageRun> freeRuns() {
    List<PageRun> runs = new ArrayList<>();
    for (int last = free.previousSetBit(pages() - 1); last >= 0; ) {
      int before = free.previousClearBit(last);
      runs.add(new PageRun(before + 1, last + 1));
      last = free.previousSetBit(before);
    }
    return runs;
  }

  /** Takes free pages that lie one after the other; their caller is the one user of each. */
  void take(PageRun run) {
    for (int page = run.from(); page < run.to(); page++) {
      if (!free.get(page)) {
        throw new IllegalStateException("page " + page + " is in use; it cannot be taken again");
      }
      use(page);
    }
  }

  private void use(int page) {
    free.clear(page);
    users[page] = 1;
  }

  /**
   * Adds a user to a page in use.
   *
   * @param page its number
   */
  public void retain(int page) {
    requireUsed(page);
    idle -= isIdle(page) ? 1 : 0;
    users[page]++;
  }

  /**
   * Takes a user off a page; without users it is free.
   *
   * @param page its number
   */
  public void release(int page) {
    requireUsed(page);
    if (--users[page] == 0) {
      free.set(page);
    }
    idle += isIdle(page) ? 1 : 0;
  }

  /** Takes a user off each of some pages. */
  void release(PageRun run) {
    for (int page = run.from(); page < run.to(); page++) {
      release(page);
    }
  }

  /** Adds whoever keeps a page in use for others; once a page. */
  void keep(int page) {
    retain(page);
    kept.set(page);
  }

  /** Takes the one who kept a page off it. */
  void giveUp(int page) {
    idle -= isIdle(page) ? 1 : 0;
    kept.clear(page);
    release(page);
  }

  private boolean isIdle(int page) {
    return users[page] == 1 && kept.get(page);
  }

  /**
   * How many use a page.
   *
   * @param page its number
   * @return 0 if it is free
   */
  public int users(int page) {
    return users[page];
  }

  private void requireUsed(int page) {
    if (users[page] == 0) {
      throw new IllegalStateException("page " + page + " is free; nobody can hold or release it");
    }
  }
}
