// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import io.github.lora4j.AdapterRows;
import io.github.lora4j.djl.kernel.NativePages.Sequences;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rows of a step as they go through the model: sequences that bring as many rows lie together,
 * for attention, and among those the ones of an adapter, for its factors.
 */
final class StepPlan {
  private final List<SequenceRows> sequences;
  private final int[] order;

  /**
   * Puts sequences in order.
   *
   * @param rows the step's rows
   */
  StepPlan(StepRows rows) {
    order =
        IntStream.range(0, rows.sequences().size())
            .boxed()
            .sorted(
                Comparator.comparingInt((Integer i) -> rows.sequences().get(i).count())
                    .thenComparing(i -> rows.sequences().get(i).adapter()))
            .mapToInt(Integer::intValue)
            .toArray();
    sequences = IntStream.of(order).mapToObj(rows.sequences()::get).toList();
  }

  /**
   * Sequences that bring equally many rows, one after the other.
   *
   * @param firstRow the first one's first row
   * @param rows rows of each
   * @param sequences the sequences
   */
  record Group(int firstRow, int rows, List<SequenceRows> sequences) {
    /** The length of the longest behind this step. */
    int longest() {
      return sequences.stream().mapToInt(SequenceRows::length).max().orElseThrow();
    }

    /** Each row's number of keys, its own included. */
    int[] keysOfRows() {
      return sequences.stream()
          .flatMapToInt(s -> IntStream.rangeClosed(s.firstPosition() + 1, s.length()))
          .toArray();
    }
  }

  List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    int row = 0;
    for (int from = 0; from < sequences.size(); ) {
      int rows = sequences.get(from).count();
      int to = from;
      while (to < sequences.size() && sequences.get(to).count() == rows) {
        to++;
      }
      groups.add(new Group(row, rows, sequences.subList(from, to)));
      row += (to - from) * rows;
      from = to;
    }
    return groups;
  }

  int[] tokenIds() {
    return sequences.stream().flatMapToInt(s -> IntStream.of(s.tokenIds())).toArray();
  }

  int[] positions() {
    return sequences.stream()
        .flatMapToInt(s -> IntStream.range(s.firstPosition(), s.length()))
        .toArray();
  }

  /** The page of each row. */
  long[] pages(int pageTokens) {
    return sequences.stream()
        .flatMapToLong(
            s ->
                IntStream.range(s.firstPosition(), s.length())
                    .mapToLong(position -> s.table().page(position / pageTokens)))
        .toArray();
  }

  /** The sequences as native code reads them. */
  Sequences sequences() {
    int[] numbers = new int[sequences.size() * Sequences.NUMBERS];
    IntStream.Builder pages = IntStream.builder();
    int at = 0;
    int row = 0;
    int table = 0;
    for (SequenceRows sequence : sequences) {
      int used = (sequence.length() - 1) / sequence.table().pageTokens() + 1;
      numbers[at++] = row;
      numbers[at++] = sequence.count();
      numbers[at++] = sequence.firstPosition();
      numbers[at++] = table;
      IntStream.range(0, used).map(sequence.table()::page).forEach(pages::add);
      row += sequence.count();
      table += used;
    }
    return new Sequences(numbers, pages.build().toArray());
  }

  /** The names of the adapters of each row. */
  AdapterRows adapters() {
    List<AdapterRows.Range> ranges = new ArrayList<>();
    int row = 0;
    for (SequenceRows sequence : sequences) {
      int end = row + sequence.count();
      List<String> names =
          sequence.adapter().equals(SequenceRows.BASE) ? List.of() : List.of(sequence.adapter());
      AdapterRows.Range last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      if (last != null && last.adapters().equals(names)) {
        ranges.set(ranges.size() - 1, new AdapterRows.Range(last.from(), end, names));
      } else {
        ranges.add(new AdapterRows.Range(row, end, names));
      }
      row = end;
    }
    return AdapterRows.of(ranges);
  }

  /** The last row of each sequence that wants logits, ascending. */
  int[] wantedRows() {
    int[] rows = new int[sequences.size()];
    int row = 0;
    int count = 0;
    for (SequenceRows sequence : sequences) {
      row += sequence.count();
      if (sequence.wantsLogits()) {
        rows[count++] = row - 1;
      }
    }
    return IntStream.of(rows).limit(count).toArray();
  }

  /** For each sequence as the step names it, its place among {@link #wantedRows}, or −1. */
  int[] wantedPlaces() {
    int[] places = new int[order.length];
    int count = 0;
    for (int i = 0; i < order.length; i++) {
      places[order[i]] = sequences.get(i).wantsLogits() ? count++ : -1;
    }
    return places;
  }
}
