// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A batch cut where one adapter's rows end and another's begin. */
final class MixedRows {
  private MixedRows() {}

  /** What is computed of rows that the same adapters apply to. */
  @FunctionalInterface
  interface Piece {
    /**
     * Maps a piece, so that libtorch can differentiate it.
     *
     * @param rows shape (rows, ...); left as it is
     * @param adapters the names of its adapters
     * @return shape (rows, out), on the manager of the rows
     */
    NDArray map(NDArray rows, List<String> adapters);
  }

  /**
   * Maps each piece and puts the results together, as one step of the tape.
   *
   * @param x shape (T, ...)
   * @param pass says which adapters apply to which rows
   * @param trains whether a piece has a parameter that trains
   * @param piece maps a piece
   * @return shape (T, out)
   */
  static NDArray map(NDArray x, ForwardPass pass, boolean trains, Piece piece) {
    UnaryOperator<NDArray> whole = input -> map(input, pass.adapters(), piece);
    return EngineMode.isRecording() ? whole.apply(x) : pass.tape().island(x, trains, whole);
  }

  private static NDArray map(NDArray x, AdapterRows adapters, Piece piece) {
    List<AdapterRows.Range> ranges = ranges(adapters, Math.toIntExact(x.getShape().get(0)));
    if (ranges.size() == 1) {
      return piece.map(x, ranges.get(0).adapters());
    }
    NDList pieces = new NDList();
    for (AdapterRows.Range range : ranges) {
      NDArray rows = x.get(new NDIndex().addSliceDim(range.from(), range.to()));
      pieces.add(piece.map(rows, range.adapters()));
    }
    return NDArrays.concat(pieces);
  }

  /** The ranges and, between them, those of the base alone. */
  private static List<AdapterRows.Range> ranges(AdapterRows adapters, int count) {
    List<AdapterRows.Range> whole = new ArrayList<>();
    int next = 0;
    for (AdapterRows.Range range : adapters.ranges().orElseThrow()) {
      addBase(whole, next, range.from());
      whole.add(range);
      next = range.to();
    }
    addBase(whole, next, count);
    return whole;
  }

  private static void addBase(List<AdapterRows.Range> ranges, int from, int to) {
    if (from < to) {
      ranges.add(new AdapterRows.Range(from, to, List.of()));
    }
  }
}
