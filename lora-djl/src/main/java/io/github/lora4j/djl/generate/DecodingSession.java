// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.List;

/**
 * A batch of growing sequences on one model, with whatever it remembers of them (the key-value
 * cache). A session is used once, by one thread: one {@link #prefill}, then decoding steps.
 *
 * <p>Rows stand for live sequences, at first one for each prompt in order. The arrays of logits
 * that come back belong to the caller, who may overwrite them.
 */
public interface DecodingSession extends AutoCloseable {
  /**
   * The longest sequence that the model takes.
   *
   * @return prompt and new tokens together; {@link Integer#MAX_VALUE} if nothing but memory limits
   *     it
   */
  default int maxLength() {
    return Integer.MAX_VALUE;
  }

  /**
   * Feeds the prompts.
   *
   * @param prompts token ids, at least one prompt of at least one token each; lengths may differ
   * @return the next token's logits, (prompts, vocabulary)
   */
  float[][] prefill(List<int[]> prompts);

  /**
   * Appends one token to each live sequence.
   *
   * @param tokenIds one token for each row
   * @return the next token's logits, (rows, vocabulary)
   */
  float[][] decode(int[] tokenIds);

  /**
   * Like {@link #decode}, but only the choice comes back, so that logits need not leave the device.
   *
   * @param tokenIds one token for each row
   * @return for each row the id of the largest logit, the lowest id among equals
   */
  int[] decodeGreedy(int[] tokenIds);

  /**
   * Forgets the sequences that are finished.
   *
   * @param live the rows to keep, strictly ascending, at least one; the row at {@code live[i]}
   *     becomes row i
   */
  void retain(int[] live);

  @Override
  void close();
}
