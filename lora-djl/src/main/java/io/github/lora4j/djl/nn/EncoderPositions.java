// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/** Which row of a table of learned positions each token takes. */
public sealed interface EncoderPositions {
  /**
   * Finds the rows.
   *
   * @param tokens the batch
   * @return one row a token
   */
  int[] rows(RaggedBatch tokens);

  /**
   * The row of a sequence's first token.
   *
   * @return rows before it are no positions
   */
  int first();

  /** The positions as the batch counts them, from 0 (BERT). */
  record Counted() implements EncoderPositions {
    @Override
    public int[] rows(RaggedBatch tokens) {
      return tokens.positions();
    }

    @Override
    public int first() {
      return 0;
    }
  }

  /**
   * Counted behind the padding's own row over the tokens that are not padding by their id (RoBERTa;
   * transformers: {@code create_position_ids_from_input_ids}).
   *
   * @param paddingId the id, and the row that such a token takes
   */
  record AfterPadding(int paddingId) implements EncoderPositions {
    @Override
    public int[] rows(RaggedBatch tokens) {
      int[] rows = new int[tokens.size()];
      for (int b = 0; b < tokens.sequences(); b++) {
        int row = paddingId;
        for (int i = tokens.offsets()[b]; i < tokens.offsets()[b + 1]; i++) {
          rows[i] = tokens.tokenIds()[i] == paddingId ? paddingId : ++row;
        }
      }
      return rows;
    }

    @Override
    public int first() {
      return paddingId + 1;
    }
  }
}
