package io.github.lora4j.djl.nn;

import io.github.lora4j.AdapterRows;
import io.github.lora4j.LoraException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The real tokens of B sequences, one sequence after the other, without padding.
 *
 * @param tokenIds the T tokens
 * @param positions each token's position in its sequence as its model counts it
 * @param offsets B + 1 row numbers: sequence b is rows offsets[b] to offsets[b + 1]
 * @param cells each token's cell in the padded matrix it came from, row · columns + column
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
   * @return true if every cell is a token
   */
  public boolean isDense() {
    return tokenIds.length == (long) paddedRows * paddedColumns;
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
