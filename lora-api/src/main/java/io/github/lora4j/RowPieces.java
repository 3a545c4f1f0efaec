package io.github.lora4j;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
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
    NDList pieces = new NDList();
    for (int i = 0; i + 1 < cuts.length; i++) {
      int from = cuts[i];
      NDIndex rows = new NDIndex().addSliceDim(from, cuts[i + 1]);
      List<LoraAdapter> here =
          applied.stream()
              .filter(part -> part.from() <= from && from < part.to())
              .map(AppliedAdapter::adapter)
              .toList();
      pieces.add(mapping.map(x.get(rows), y.get(rows), here));
    }
    // DJL joins one array by duplicating it, which cuts it off from its graph.
    return pieces.size() == 1 ? pieces.get(0) : NDArrays.concat(pieces);
  }

  private static int[] cuts(int rows, List<AppliedAdapter> applied) {
    IntStream ends = applied.stream().flatMapToInt(part -> IntStream.of(part.from(), part.to()));
    return IntStream.concat(IntStream.of(0, rows), ends).sorted().distinct().toArray();
  }
}
