// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which adapters apply to which rows of a batch: the active ones to all rows, or to each of some
 * ranges its own (PEFT: {@code adapter_names}; m-LoRA, S-LoRA: adapters of one fused batch).
 *
 * <p>Rows are whatever the batch's first dimension counts: sequences of a padded batch, tokens of
 * one without padding. {@link #spread} goes from the one to the other.
 */
public final class AdapterRows {
  /** The active adapters on all rows. */
  public static final AdapterRows ACTIVE = new AdapterRows(Optional.empty());

  private final Optional<List<Range>> ranges;

  private AdapterRows(Optional<List<Range>> ranges) {
    this.ranges = ranges;
  }

  /**
   * Rows that lie one after the other, and what applies to them.
   *
   * @param from the first row
   * @param to the row after the last
   * @param adapters names of adapters, whose updates are added; none leaves the base alone
   */
  public record Range(int from, int to, List<String> adapters) {
    /** Checks the rows and copies the list. */
    public Range {
      adapters = List.copyOf(adapters);
      if (from < 0 || to <= from) {
        throw new ConfigurationException(
            "AdapterRows: expected a range of at least one row, found rows %d to %d"
                .formatted(from, to));
      }
      if (Set.copyOf(adapters).size() < adapters.size()) {
        throw new ConfigurationException(
            "AdapterRows: rows %d to %d name an adapter twice: %s; name each once"
                .formatted(from, to, adapters));
      }
    }
  }

  /**
   * Ranges as they are; rows between them compute the base.
   *
   * @param ranges ascending and apart
   * @return the rows
   * @throws ConfigurationException if two ranges overlap or are out of order
   */
  public static AdapterRows of(List<Range> ranges) {
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).from() < ranges.get(i - 1).to()) {
        throw new ConfigurationException(
            "AdapterRows: %s begins before %s ends; give ranges in order and apart"
                .formatted(ranges.get(i), ranges.get(i - 1)));
      }
    }
    return new AdapterRows(Optional.of(List.copyOf(ranges)));
  }

  /**
   * One entry a row; neighbours with the same adapters become one range.
   *
   * @param adaptersOfRow the names of each row's adapters; none leaves the base alone
   * @return the rows
   */
  public static AdapterRows ofEach(List<List<String>> adaptersOfRow) {
    List<Range> ranges = new ArrayList<>();
    for (int row = 0; row < adaptersOfRow.size(); row++) {
      append(ranges, new Range(row, row + 1, adaptersOfRow.get(row)));
    }
    return of(ranges);
  }

  private static void append(List<Range> ranges, Range next) {
    Range last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
    if (last != null && last.to() == next.from() && last.adapters().equals(next.adapters())) {
      ranges.set(ranges.size() - 1, new Range(last.from(), next.to(), next.adapters()));
    } else {
      ranges.add(next);
    }
  }

  /**
   * The ranges.
   *
   * @return in order; empty if the active adapters apply to all rows
   */
  public Optional<List<Range>> ranges() {
    return ranges;
  }

  /**
   * The same in finer rows: row i becomes rows {@code offsets[i]} to {@code offsets[i + 1]}.
   *
   * @param offsets one more than there are rows, ascending; a row may become none
   * @return the finer rows
   * @throws ConfigurationException if a range reaches beyond the rows that there are
   */
  public AdapterRows spread(int[] offsets) {
    if (ranges.isEmpty()) {
      return this;
    }
    requireWithin(offsets.length - 1);
    List<Range> finer = new ArrayList<>();
    for (Range range : ranges.get()) {
      if (offsets[range.from()] < offsets[range.to()]) {
        finer.add(new Range(offsets[range.from()], offsets[range.to()], range.adapters()));
      }
    }
    return of(finer);
  }

  private void requireWithin(int rows) {
    int last = ranges.stream().flatMap(List::stream).mapToInt(Range::to).max().orElse(0);
    if (last > rows) {
      throw new ConfigurationException(
          "AdapterRows: adapters are given for %d rows, but the batch has %d; give one entry a row"
              .formatted(last, rows));
    }
  }

  /**
   * What applies to some of the rows, as they are taken out and put together.
   *
   * @param rows row numbers, ascending
   * @return entry i of {@code rows} is row i
   */
  public AdapterRows select(int[] rows) {
    if (ranges.isEmpty()) {
      return this;
    }
    List<Range> selected = new ArrayList<>();
    int next = 0;
    for (Range range : ranges.get()) {
      while (next < rows.length && rows[next] < range.from()) {
        next++;
      }
      int first = next;
      while (next < rows.length && rows[next] < range.to()) {
        next++;
      }
      if (first < next) {
        append(selected, new Range(first, next, range.adapters()));
      }
    }
    return of(selected);
  }

  /** For example {@code [0-3 [french], 3-4 []]}, or {@code active}. */
  @Override
  public String toString() {
    return ranges
        .map(
            all ->
                all.stream()
                    .map(range -> range.from() + "-" + range.to() + " " + range.adapters())
                    .toList()
                    .toString())
        .orElse("active");
  }
}
