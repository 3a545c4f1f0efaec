// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The pages of one sequence in the order of its tokens (PagedAttention: block table). For the
 * thread of its pool.
 */
public final class BlockTable implements AutoCloseable {
  private final PagePool pool;
  private int[] pages = new int[4];
  private int count;

  /**
   * Starts without pages.
   *
   * @param pool where pages come from
   */
  public BlockTable(PagePool pool) {
    this.pool = pool;
  }

  /**
   * Makes room for tokens.
   *
   * @param tokens how many the sequence will have, those before included
   * @return whether there is room; if not, nothing was taken
   */
  public boolean reserve(int tokens) {
    int before = count;
    while (count < pool.pagesFor(tokens)) {
      OptionalInt page = pool.take();
      if (page.isEmpty()) {
        cut(before);
        return false;
      }
      append(page.getAsInt());
    }
    return true;
  }

  /** Puts a page at the end that is held for this table already. */
  void append(int page) {
    if (count == pages.length) {
      pages = Arrays.copyOf(pages, 2 * count);
    }
    pages[count++] = page;
  }

  /**
   * How many pages there are.
   *
   * @return the number
   */
  public int size() {
    return count;
  }

  /**
   * How many tokens there is room for.
   *
   * @return tokens of all pages together
   */
  public int capacity() {
    return count * pool.pageTokens();
  }

  /** Tokens of a page. */
  int pageTokens() {
    return pool.pageTokens();
  }

  /**
   * A page by its place.
   *
   * @param index its place, 0 for the first tokens
   * @return its number in the pool
   */
  public int page(int index) {
    return pages[index];
  }

  private void cut(int length) {
    while (count > length) {
      pool.release(pages[--count]);
    }
  }

  /** Gives the pages back; the table is as new. */
  @Override
  public void close() {
    cut(0);
  }
}
