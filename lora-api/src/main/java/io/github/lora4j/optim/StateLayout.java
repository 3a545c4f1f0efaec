// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.spi.OptimizerKernels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lays the state of parameters into pages, in the order in which they come. */
final class StateLayout {
  /** A processor's cache line, and the widest vector. */
  private static final int ALIGNMENT = 64;

  private final PageCache pages;
  private @Nullable Page open;
  private int filled;

  StateLayout(PageCache pages) {
    this.pages = pages;
  }

  /** Room for a parameter's state, all zeros. Segments begin at whole blocks. */
  List<Segment> allocate(long values, StateFormat format) {
    List<Segment> segments = new ArrayList<>();
    for (long from = 0; from < values; ) {
      int count = (int) Math.min(values - from, room(format));
      if (count == 0) {
        open = pages.create();
        filled = 0;
        continue;
      }
      segments.add(new Segment(openPage(), filled, from, count));
      long end = filled + format.bytes(count);
      filled = (int) ((end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
      from += count;
    }
    return segments;
  }

  /** The values that still fit into the open page. */
  private long room(StateFormat format) {
    if (open == null || filled >= pages.pageSize()) {
      return 0;
    }
    long blockBytes = format.bytes(OptimizerKernels.BLOCK_SIZE);
    return (pages.pageSize() - filled) / blockBytes * OptimizerKernels.BLOCK_SIZE;
  }

  private Page openPage() {
    if (open == null) {
      throw new IllegalStateException("no page is open");
    }
    return open;
  }
}
