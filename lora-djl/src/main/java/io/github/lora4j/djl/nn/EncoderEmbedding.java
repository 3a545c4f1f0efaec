// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.Optional;

/**
 * Token ids to hidden states: norm(word + token type + position) (Devlin et al., 2019).
 *
 * @param word rows by token id
 * @param position rows by position
 * @param tokenType rows by segment, if the encoder knows any
 * @param norm behind the sum
 * @param positions which row of the positions a token takes
 */
record EncoderEmbedding(
    ModuleSlot word,
    ModuleSlot position,
    Optional<ModuleSlot> tokenType,
    ModuleSlot norm,
    EncoderPositions positions) {

  /** Embeds, to shape (T, hidden). */
  NDArray forward(NDManager manager, EncoderBatch batch, ForwardPass pass) {
    NDArray sum = word.forward(ids(manager, batch.tokens().tokenIds()), pass);
    if (tokenType.isPresent()) {
      sum = tokenType.get().forward(ids(manager, batch.tokenTypes()), sum, pass);
    }
    sum = position.forward(ids(manager, batch.positions()), sum, pass);
    return norm.forward(sum, pass);
  }

  private static NDArray ids(NDManager manager, int[] rows) {
    return manager.create(Arrays.stream(rows).asLongStream().toArray());
  }
}
