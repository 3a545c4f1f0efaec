// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** A batch cut where an adapter begins or ends, so that operators see whole arrays. */
final class RowPieces {
  private RowPieces() {}

  /** What becomes of one piece. */
  @FunctionalInterface
  interface Mapping {
    /**
     * Maps a piece.
     *
     * @param x its rows of the input
     * @param y its rows of the base's result; may be written over
     * @param adapters those that apply to all of it
     * @return its rows of the result
     */
    NDArray map(NDArray x, NDArray y, List<LoraAdapter> adapters);
  }

  /**
   * Maps each piece and puts the results together.
   *
   * @param x shape (rows, in)
   * @param y shape (rows, out)
   * @param applied which adapters apply where
   * @param mapping what becomes of a piece
   * @return shape (rows, out)
   */
  static NDArray map(NDArray x, NDArray y, List<AppliedAdapter> applied, Mapping mapping) {
    int[] cuts = cuts(Math.toIntExact(x.getShape().get(0)), applied);
    if (cuts.length == 2) {
      return mapping.map(x, y, at(0, applied));
    }
    NDList pieces = new NDList();
    for (int i = 0; i + 1 < cuts.length; i++) {
      NDIndex rows = new NDIndex().addSliceDim(cuts[i], cuts[i + 1]);
      pieces.add(mapping.map(x.get(rows), ownRows(y, rows), at(cuts[i], applied)));
    }
    // DJL joins one array by duplicating it, which cuts it off from its graph.
    return pieces.size() == 1 ? pieces.get(0) : NDArrays.concat(pieces);
  }

  private static List<LoraAdapter> at(int row, List<AppliedAdapter> applied) {
    return applied.stream()
        .filter(part -> part.from() <= row && row < part.to())
        .map(AppliedAdapter::adapter)
        .toList();
  }

  /**
   * A copy that learns as the rows do: what one piece writes over, the backward pass of another
   * must not see as changed.
   */
  private static NDArray ownRows(NDArray y, NDIndex rows) {
    try (NDArray zero = y.getManager().zeros(new Shape(1), y.getDataType())) {
      return y.get(rows).add(zero);
    }
  }

  private static int[] cuts(int rows, List<AppliedAdapter> applied) {
    IntStream ends = applied.stream().flatMapToInt(part -> IntStream.of(part.from(), part.to()));
    return IntStream.concat(IntStream.of(0, rows), ends).sorted().distinct().toArray();
  }
}
