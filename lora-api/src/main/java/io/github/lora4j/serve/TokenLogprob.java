// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import java.util.Objects;

/**
 * How likely a token was.
 *
 * @param id the token
 * @param text its text, decoded alone
 * @param logprob the natural logarithm of its probability, not above 0
 */
public record TokenLogprob(int id, String text, double logprob) {
  /** Checks that the text is not null. */
  public TokenLogprob {
    Objects.requireNonNull(text, "text");
  }
}
