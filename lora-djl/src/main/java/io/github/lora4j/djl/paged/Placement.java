// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where pieces of memory lie that must each be in one run of neighbouring pages.
 *
 * @param runs the pages
 * @param offsets for each piece its first value, counted from the pool's beginning
 */
record Placement(List<PageRun> runs, long[] offsets) {
  /** Pieces begin where vector instructions like it. */
  static final int ALIGNMENT = 16;

  private static final long NOWHERE = -1;

  /** What a piece takes with what aligns the next one. */
  static long aligned(long size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** The pages that pieces take one after the other. */
  static int pages(long[] sizes, long pageFloats) {
    return Math.toIntExact(
        (Arrays.stream(sizes).map(Placement::aligned).sum() + pageFloats - 1) / pageFloats);
  }

  /**
   * Finds room, in one run if there is one that is long enough, and takes it. Idle pages are freed
   * where that takes it.
   *
   * @param pool the pages
   * @param sizes values of each piece
   * @param pageFloats values of a page
   * @return the placement; empty if there is no room, and nothing was taken
   */
  static Optional<Placement> take(PagePool pool, long[] sizes, long pageFloats) {
    int needed = pages(sizes, pageFloats);
    if (needed > pool.available()) {
      return Optional.empty();
    }
    Optional<Placement> found = find(pool, sizes, pageFloats, needed);
    while (found.isEmpty() && pool.freeOne()) {
      found = find(pool, sizes, pageFloats, needed);
    }
    found.ifPresent(placement -> placement.runs.forEach(pool::take));
    return found;
  }

  private static Optional<Placement> find(
      PagePool pool, long[] sizes, long pageFloats, int needed) {
    if (needed > pool.free()) {
      return Optional.empty();
    }
    List<PageRun> free = pool.freeRuns();
    List<PageRun> whole = free.stream().filter(run -> run.length() >= needed).limit(1).toList();
    return among(whole.isEmpty() ? free : whole, sizes, pageFloats);
  }

  private static Optional<Placement> among(List<PageRun> free, long[] sizes, long pageFloats) {
    long[] offsets = new long[sizes.length];
    Arrays.fill(offsets, NOWHERE);
    List<PageRun> used = new ArrayList<>();
    for (PageRun run : free) {
      fill(run, sizes, offsets, pageFloats).ifPresent(used::add);
    }
    return Arrays.stream(offsets).anyMatch(offset -> offset == NOWHERE)
        ? Optional.empty()
        : Optional.of(new Placement(used, offsets));
  }

  /** Places what fits and has no place; gives the upper pages of the run that it takes. */
  private static Optional<PageRun> fill(
      PageRun run, long[] sizes, long[] offsets, long pageFloats) {
    long room = run.length() * pageFloats;
    long used = 0;
    List<Integer> here = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      if (offsets[i] == NOWHERE && used + aligned(sizes[i]) <= room) {
        offsets[i] = used;
        used += aligned(sizes[i]);
        here.add(i);
      }
    }
    if (here.isEmpty()) {
      return Optional.empty();
    }
    int pages = Math.toIntExact((used + pageFloats - 1) / pageFloats);
    PageRun taken = new PageRun(run.to() - pages, run.to());
    here.forEach(i -> offsets[i] += taken.from() * pageFloats);
    return Optional.of(taken);
  }
}
