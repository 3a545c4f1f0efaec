// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.LoraException;
import java.util.Optional;

/** Learned position embeddings (Gehring et al., 2017): a row of a table for each position. */
final class LearnedPositions implements PositionScheme, EmbeddingStep {
  private final ModuleSlot table;
  private final int offset;
  private final PositionCounting counting;

  /**
   * Creates the scheme.
   *
   * @param table the rows' place
   * @param offset rows before that of position 0
   * @param counting how positions are counted
   */
  LearnedPositions(ModuleSlot table, int offset, PositionCounting counting) {
    this.table = table;
    this.offset = offset;
    this.counting = counting;
  }

  @Override
  public PositionCounting counting() {
    return counting;
  }

  @Override
  public NDArray forward(NDArray hidden, int[] positions, ForwardPass pass) {
    int count = table.module().inFeatures() - offset;
    long[] rows = new long[positions.length];
    for (int t = 0; t < rows.length; t++) {
      if (positions[t] >= count) {
        throw new LoraException(
            "input_ids: a token is at position %d, padding counted, but the model has %d; pad less, or on the right"
                .formatted(positions[t], count));
      }
      rows[t] = (long) positions[t] + offset;
    }
    return hidden.add(table.forward(hidden.getManager().create(rows), pass));
  }

  @Override
  public Optional<ModuleSlot> module() {
    return Optional.of(table);
  }

  @Override
  public NativeVector write(NativeTokenWriter writer, NativeVector x) {
    NDArray rows = ((TokenEmbedding) table.block()).table();
    return writer.addPosition(rows, offset, x);
  }
}
