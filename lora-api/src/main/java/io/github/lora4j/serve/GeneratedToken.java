// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * A token of an answer.
 *
 * @param id the token
 * @param piece the text that is certain now; empty while a character is incomplete or a stop string
 *     may be beginning. The pieces together are the text of the result
 * @param logprob the natural logarithm of its probability under the model, before anything of the
 *     configuration acted; present if {@link GenerationRequest#topLogprobs()} asked for it
 * @param top the most likely tokens in its place, most likely first; as many as were asked for
 */
public record GeneratedToken(int id, String piece, OptionalDouble logprob, List<TokenLogprob> top) {
  /** Copies the list and checks that no part is null. */
  public GeneratedToken {
    Objects.requireNonNull(piece, "piece");
    Objects.requireNonNull(logprob, "logprob");
    top = List.copyOf(top);
  }
}
