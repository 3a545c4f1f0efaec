// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.AdapterRows;
import io.github.lora4j.LoraException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The real tokens of B sequences, one sequence after the other, without padding.
 *
 * @param tokenIds the T tokens
 * @param positions each token's position in its sequence as its model counts it
 * @param offsets B + 1 row numbers: sequence b is rows offsets[b] to offsets[b + 1]
 * @param cells each token's cell in the padded matrix it came from, row · columns + column; −1 for
 *     a virtual token
 * @param paddedRows rows of the padded matrix
 * @param paddedColumns columns of the padded matrix
 * @param adapters which adapters apply to which of the T rows
 */
public record RaggedBatch(
    int[] tokenIds,
    int[] positions,
    int[] offsets,
    int[] cells,
    int paddedRows,
    int paddedColumns,
    AdapterRows adapters) {
  /** The cell of a virtual token. */
  private static final int NO_CELL = -1;

  /**
   * A batch of the active adapters.
   *
   * @param tokenIds the T tokens
   * @param positions each token's position in its sequence as its model counts it
   * @param offsets B + 1 row numbers: sequence b is rows offsets[b] to offsets[b + 1]
   * @param cells each token's cell in the padded matrix it came from, row · columns + column
   * @param paddedRows rows of the padded matrix
   * @param paddedColumns columns of the padded matrix
   */
  public RaggedBatch(
      int[] tokenIds,
      int[] positions,
      int[] offsets,
      int[] cells,
      int paddedRows,
      int paddedColumns) {
    this(tokenIds, positions, offsets, cells, paddedRows, paddedColumns, AdapterRows.ACTIVE);
  }

  /**
   * The same tokens with adapters of their own.
   *
   * @param ofSequences which adapters apply to which of the B sequences
   * @return the batch
   * @throws io.github.lora4j.ConfigurationException if there are fewer sequences
   */
  public RaggedBatch with(AdapterRows ofSequences) {
    AdapterRows ofTokens = ofSequences.spread(offsets);
    return new RaggedBatch(
        tokenIds, positions, offsets, cells, paddedRows, paddedColumns, ofTokens);
  }

  /**
   * Packs a padded batch. Positions are the column index, padding counted, as transformers counts
   * them in {@code forward}.
   *
   * @param inputIds the ids, row by row, B · S of them
   * @param attentionMask 1 for tokens, 0 for padding, B · S of them
   * @param rows B
   * @return the batch
   */
  public static RaggedBatch pack(long[] inputIds, long[] attentionMask, int rows) {
    return pack(inputIds, attentionMask, rows, PositionCounting.COLUMNS);
  }

  /**
   * Packs a padded batch.
   *
   * @param inputIds the ids, row by row, B · S of them
   * @param attentionMask 1 for tokens, 0 for padding, B · S of them
   * @param rows B
   * @param counting how positions are counted
   * @return the batch
   */
  public static RaggedBatch pack(
      long[] inputIds, long[] attentionMask, int rows, PositionCounting counting) {
    int columns = rows == 0 ? 0 : inputIds.length / rows;
    int[] cells = new int[inputIds.length];
    int[] positions = new int[inputIds.length];
    int[] offsets = new int[rows + 1];
    int count = 0;
    for (int row = 0; row < rows; row++) {
      for (int cell = row * columns; cell < (row + 1) * columns; cell++) {
        if (attentionMask[cell] != 0) {
          positions[count] = counting.position(cell - row * columns, count - offsets[row]);
          cells[count++] = cell;
        }
      }
      offsets[row + 1] = count;
    }
    int[] real = Arrays.copyOf(cells, count);
    int[] ids = Arrays.stream(real).map(cell -> narrow(inputIds[cell])).toArray();
    return new RaggedBatch(ids, Arrays.copyOf(positions, count), offsets, real, rows, columns);
  }

  /** An id that no vocabulary holds stays one that no vocabulary holds. */
  private static int narrow(long id) {
    return id == (int) id ? (int) id : -1;
  }

  /**
   * Sequences as they are, positions counted from 0.
   *
   * @param sequences the token ids of each
   * @return the batch; its padded matrix is filled from the left
   */
  public static RaggedBatch of(List<int[]> sequences) {
    int columns = sequences.stream().mapToInt(s -> s.length).max().orElse(0);
    int total = sequences.stream().mapToInt(s -> s.length).sum();
    int[] ids = new int[total];
    int[] positions = new int[total];
    int[] cells = new int[total];
    int[] offsets = new int[sequences.size() + 1];
    int row = 0;
    for (int b = 0; b < sequences.size(); b++) {
      int[] sequence = sequences.get(b);
      for (int i = 0; i < sequence.length; i++) {
        ids[row] = sequence[i];
        positions[row] = i;
        cells[row] = b * columns + i;
        row++;
      }
      offsets[b + 1] = row;
    }
    return new RaggedBatch(ids, positions, offsets, cells, sequences.size(), columns);
  }

  /**
   * The same with virtual tokens before every sequence that has a token. The id of the first is
   * below 0, the others go on downwards; they have no cell, and the real tokens' positions follow
   * theirs.
   *
   * @param count how many before a sequence
   * @return the batch; this one if there are none
   */
  public RaggedBatch after(int count) {
    if (count == 0) {
      return this;
    }
    int[] source = new int[size() + count * sequences()];
    int[] lengthened = new int[offsets.length];
    int row = 0;
    for (int b = 0; b < sequences(); b++) {
      for (int v = 0; v < count && length(b) > 0; v++) {
        source[row++] = virtualId(v);
      }
      for (int i = offsets[b]; i < offsets[b + 1]; i++) {
        source[row++] = i;
      }
      lengthened[b + 1] = row;
    }
    int[] rows = Arrays.copyOf(source, row);
    return new RaggedBatch(
        Arrays.stream(rows).map(i -> isVirtual(i) ? i : tokenIds[i]).toArray(),
        Arrays.stream(rows)
            .map(i -> isVirtual(i) ? virtualIndex(i) : positions[i] + count)
            .toArray(),
        lengthened,
        Arrays.stream(rows).map(i -> isVirtual(i) ? NO_CELL : cells[i]).toArray(),
        paddedRows,
        paddedColumns);
  }

  /**
   * The same with every position further on, as behind a prefix.
   *
   * @param count by how much
   * @return the batch; this one if by nothing
   */
  public RaggedBatch shifted(int count) {
    return count == 0
        ? this
        : new RaggedBatch(
            tokenIds,
            Arrays.stream(positions).map(position -> position + count).toArray(),
            offsets,
            cells,
            paddedRows,
            paddedColumns,
            adapters);
  }

  private static int virtualId(int index) {
    return -1 - index;
  }

  /** Which of the virtual tokens a number below 0 stands for. */
  static int virtualIndex(int id) {
    return -1 - id;
  }

  static boolean isVirtual(int id) {
    return id < 0;
  }

  /**
   * The rows of the real tokens.
   *
   * @return their numbers, ascending
   */
  public int[] realRows() {
    return IntStream.range(0, size()).filter(row -> cells[row] != NO_CELL).toArray();
  }

  /**
   * The real tokens of one sequence.
   *
   * @param sequence its index
   * @return their ids
   */
  public int[] realTokens(int sequence) {
    return VirtualRows.real(Arrays.copyOfRange(tokenIds, offsets[sequence], offsets[sequence + 1]));
  }

  /**
   * Whether a row's next row stands where a label of its own belongs: in the next cell, or in the
   * first cell of a padded row where this row is the last virtual token before it.
   *
   * @param row a row that is not its sequence's last
   * @return false if padding or a virtual token comes next
   */
  public boolean precedesNext(int row) {
    int next = cells[row + 1];
    return cells[row] == NO_CELL
        ? next != NO_CELL && next % paddedColumns == 0
        : next == cells[row] + 1;
  }

  /**
   * Number of tokens.
   *
   * @return T
   */
  public int size() {
    return tokenIds.length;
  }

  /**
   * Number of sequences.
   *
   * @return B
   */
  public int sequences() {
    return offsets.length - 1;
  }

  /**
   * Length of one sequence.
   *
   * @param sequence its index
   * @return its tokens
   */
  public int length(int sequence) {
    return offsets[sequence + 1] - offsets[sequence];
  }

  /**
   * Whether the padded matrix has no padding in it.
   *
   * @return true if every cell is a token, and there are no virtual ones
   */
  public boolean isDense() {
    return realRows().length == size() && size() == (long) paddedRows * paddedColumns;
  }

  /**
   * Runs of neighbouring sequences of equal length; empty sequences are left out.
   *
   * @return the runs in order
   */
  public List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    for (int b = 0; b < sequences(); ) {
      int length = length(b);
      int end = b + 1;
      while (end < sequences() && length(end) == length) {
        end++;
      }
      if (length > 0) {
        runs.add(new Run(offsets[b], end - b, length));
      }
      b = end;
    }
    return runs;
  }

  /**
   * Checks that the batch fits a model.
   *
   * @param vocabulary ids are 0 … vocabulary − 1
   * @param maxPositions positions are 0 … maxPositions − 1
   * @throws LoraException naming the row, the column and what was found
   */
  public void check(int vocabulary, int maxPositions) {
    if (size() == 0) {
      throw new LoraException(
          "attention_mask: expected at least one token in the batch, found padding alone in all of (%d, %d)"
              .formatted(paddedRows, paddedColumns));
    }
    for (int i = 0; i < tokenIds.length; i++) {
      if (tokenIds[i] < 0 || tokenIds[i] >= vocabulary) {
        throw new LoraException(
            "input_ids[%d][%d]: token id %d is outside the vocabulary of %d (0 to %d); was the text encoded with this model's tokenizer?"
                .formatted(
                    cells[i] / paddedColumns,
                    cells[i] % paddedColumns,
                    tokenIds[i],
                    vocabulary,
                    vocabulary - 1));
      }
    }
    for (int b = 0; b < sequences(); b++) {
      if (length(b) > maxPositions) {
        throw new LoraException(
            "input_ids[%d]: %d tokens are more than the model's %d positions; cut the text or use a model with a longer context"
                .formatted(b, length(b), maxPositions));
      }
    }
  }

  /**
   * Sequences of equal length that lie one after the other.
   *
   * @param first the first row
   * @param count how many sequences
   * @param length tokens of each
   */
  public record Run(int first, int count, int length) {}
}
