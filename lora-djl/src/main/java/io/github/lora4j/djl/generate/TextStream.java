// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.generate.GenerationConfig;

/**
 * The text of one growing sequence, given out token by token. A piece never ends within a character
 * and never holds a part of a stop string; the pieces together are {@link #text()}, always.
 *
 * <p>The text continues the prompt: a first token that begins a word keeps its space, which
 * decoding the new tokens alone would lose with SentencePiece-like tokenizers.
 */
public final class TextStream {
  private final IncrementalDecoder decoder;
  private final StopStringFilter filter;
  private final StringBuilder text = new StringBuilder();

  /**
   * Creates the stream of a sequence that is its prompt.
   *
   * @param tokenizer decodes; is not closed
   * @param config the stop strings, and whether special tokens are left out
   * @param prompt the prompt's token ids
   */
  public TextStream(LlmTokenizer tokenizer, GenerationConfig config, int[] prompt) {
    decoder = new IncrementalDecoder(tokenizer, config.skipSpecialTokens(), prompt);
    filter = new StopStringFilter(config.stopStrings());
  }

  /**
   * Adds a token.
   *
   * @param tokenId the token
   * @return the text that is certain now, often that of the token, at times empty
   */
  public String append(int tokenId) {
    return give(filter.append(decoder.append(tokenId)));
  }

  /**
   * Ends the text: what was held back is not an incomplete character or a stop string after all.
   *
   * @return the rest; empty after a stop string
   */
  public String finish() {
    return give(filter.append(decoder.finish()) + filter.finish());
  }

  /**
   * Whether the text reached a stop string.
   *
   * @return true once it is complete; nothing more is given out
   */
  public boolean stopped() {
    return filter.stopped();
  }

  /**
   * Everything given out so far.
   *
   * @return the text
   */
  public String text() {
    return text.toString();
  }

  private String give(String piece) {
    text.append(piece);
    return piece;
  }
}
