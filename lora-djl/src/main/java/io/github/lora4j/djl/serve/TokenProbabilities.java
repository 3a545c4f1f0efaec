// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.generate.LogProbabilities;
import io.github.lora4j.serve.TokenLogprob;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * How likely the possible tokens of one place are, if anybody asked.
 *
 * @param all the probabilities, empty if nobody asked
 * @param alternatives the most likely ones
 */
record TokenProbabilities(Optional<LogProbabilities> all, List<TokenLogprob> alternatives) {
  /** Nobody asked. */
  static final TokenProbabilities NONE = new TokenProbabilities(Optional.empty(), List.of());

  /**
   * Reads logits, which stay as they are.
   *
   * @param logits (vocabulary)
   * @param top how many alternatives, empty if nobody asked
   * @param tokenizer decodes them
   */
  static TokenProbabilities of(float[] logits, OptionalInt top, LlmTokenizer tokenizer) {
    if (top.isEmpty()) {
      return NONE;
    }
    LogProbabilities all = new LogProbabilities(logits, top.getAsInt());
    return new TokenProbabilities(
        Optional.of(all),
        IntStream.of(all.top())
            .mapToObj(
                id -> new TokenLogprob(id, tokenizer.decode(new int[] {id}, false), all.of(id)))
            .toList());
  }

  OptionalDouble of(int token) {
    return all.isPresent() ? OptionalDouble.of(all.get().of(token)) : OptionalDouble.empty();
  }
}
