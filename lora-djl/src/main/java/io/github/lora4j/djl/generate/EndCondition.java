// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.generate.FinishReason;
import java.util.Optional;
import java.util.Set;

/**
 * When a sequence ends by its tokens, whatever its text says.
 *
 * @param maxNewTokens the length at which it ends
 * @param endOfSequenceIds the tokens that end it
 */
record EndCondition(int maxNewTokens, Set<Integer> endOfSequenceIds) {
  /**
   * Whether a token was the last.
   *
   * @param tokenId the newest token
   * @param newTokens the number of new tokens, this one counted
   * @return why the sequence ends with it, or empty if it goes on
   */
  Optional<FinishReason> reasonToEnd(int tokenId, int newTokens) {
    if (endOfSequenceIds.contains(tokenId)) {
      return Optional.of(FinishReason.END_OF_SEQUENCE);
    }
    return newTokens >= maxNewTokens ? Optional.of(FinishReason.LENGTH) : Optional.empty();
  }
}
