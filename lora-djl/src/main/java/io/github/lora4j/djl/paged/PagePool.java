package io.github.lora4j.djl.paged;

import java.util.BitSet;
import java.util.OptionalInt;

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

  /**
   * Takes a page; its caller is the one user.
   *
   * @return its number, or empty if none is free
   */
  public OptionalInt take() {
    int page = free.nextSetBit(0);
    if (page < 0) {
      return OptionalInt.empty();
    }
    use(page);
    return OptionalInt.of(page);
  }

  /**
   * The highest run of free pages below a page.
   *
   * @param below the page after the last that may be in the run
   * @return the run, or an empty one if no page below is free
   */
  PageRun highestFreeRun(int below) {
    int last = free.previousSetBit(below - 1);
    return last < 0 ? PageRun.NONE : new PageRun(free.previousClearBit(last) + 1, last + 1);
  }

  /** Takes free pages that lie one after the other. */
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
