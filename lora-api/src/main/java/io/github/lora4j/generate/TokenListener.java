// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * Is told of each new token while a batch is generated, in the thread that generates.
 *
 * <p>The pieces of one sequence, put together, are exactly {@link GenerationResult#text()}. An
 * exception thrown here ends the whole batch and reaches the caller unchanged.
 */
@FunctionalInterface
public interface TokenListener {
  /**
   * One new token.
   *
   * @param sequence the index of the prompt that it continues
   * @param tokenId the token
   * @param piece the text that is certain now; empty while a character is incomplete or a stop
   *     string may be beginning
   * @return whether the sequence goes on; false ends it as {@link FinishReason#CANCELLED}, unless
   *     this token ends it anyway
   */
  boolean onToken(int sequence, int tokenId, String piece);

  /**
   * A listener that does nothing.
   *
   * @return the listener
   */
  static TokenListener silent() {
    return (sequence, tokenId, piece) -> true;
  }

  /**
   * A listener that hands on the text and never cancels: {@code ofText(System.out::print)}.
   *
   * @param sink takes each piece that is not empty, of whichever sequence
   * @return the listener
   */
  static TokenListener ofText(Consumer<String> sink) {
    Objects.requireNonNull(sink, "sink");
    return (sequence, tokenId, piece) -> {
      if (!piece.isEmpty()) {
        sink.accept(piece);
      }
      return true;
    };
  }
}
