// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An adapter with pages of its own: first to be read, then perhaps installed. */
final class PagedLoading implements AdapterLoading {
  private final PlannedSheet sheet;
  private final Placement placement;
  private final PagePool pool;
  private final Supplier<PagedFactors> reader;
  private volatile @Nullable PagedFactors factors;
  private boolean installed;
  private boolean closed;

  /**
   * Takes over pages.
   *
   * @param sheet what is to be read
   * @param placement pages that are taken
   * @param pool where they go back to
   * @param reader reads the factors into them
   */
  PagedLoading(
      PlannedSheet sheet, Placement placement, PagePool pool, Supplier<PagedFactors> reader) {
    this.sheet = sheet;
    this.placement = placement;
    this.pool = pool;
    this.reader = reader;
  }

  @Override
  public PlannedSheet sheet() {
    return sheet;
  }

  @Override
  public void read() {
    factors = reader.get();
  }

  /** Says that rows use the factors from now on; gives them. */
  PagedFactors install() {
    PagedFactors read = factors;
    if (read == null || installed || closed) {
      throw new IllegalStateException(
          "adapter \"" + sheet.name() + "\" cannot be installed: read it first, and once");
    }
    installed = true;
    return read;
  }

  /** How many pages it holds. */
  int pages() {
    return placement.runs().stream().mapToInt(PageRun::length).sum();
  }

  /** Frees views and pages of an adapter that was installed. */
  void evict() {
    installed = false;
    close();
  }

  @Override
  public void close() {
    if (installed || closed) {
      return;
    }
    closed = true;
    PagedFactors read = factors;
    if (read != null) {
      read.close();
    }
    placement.runs().forEach(pool::release);
  }
}
