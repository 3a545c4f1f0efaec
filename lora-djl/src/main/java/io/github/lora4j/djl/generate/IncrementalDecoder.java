// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.data.LlmTokenizer;
import java.util.Arrays;

/**
 * Token ids to text as they come. A character whose bytes are spread over tokens comes out when it
 * is whole, and a token is decoded in the company of those before it, on which its leading space
 * depends. Only a window of the last tokens is decoded at each step, so the cost does not grow with
 * the text.
 */
final class IncrementalDecoder {
  /** The window slides on when this many tokens follow the place where it may begin next. */
  private static final int CONTEXT = 16;

  /** The longest character in bytes; an incomplete one shows as fewer replacement characters. */
  private static final int CHARACTER_BYTES = 4;

  private static final char REPLACEMENT = '\uFFFD';

  private final LlmTokenizer tokenizer;
  private final boolean skipSpecialTokens;
  private int[] window;

  /** Where the window may begin next: where its text ended in a whole character, or in none. */
  private int nextStart;

  /** How much of the window's text was given out or belongs to the prompt. */
  private int given;

  /** The tokens since the window's text last ended in a whole character. */
  private int incomplete;

  /**
   * Creates the decoder of a continuation.
   *
   * @param tokenizer decodes; is not closed
   * @param skipSpecialTokens whether special tokens are left out of the text
   * @param prompt the tokens before the first to be decoded
   */
  IncrementalDecoder(LlmTokenizer tokenizer, boolean skipSpecialTokens, int[] prompt) {
    this.tokenizer = tokenizer;
    this.skipSpecialTokens = skipSpecialTokens;
    window = from(prompt, Math.max(0, prompt.length - CONTEXT));
    nextStart = window.length;
    given = decode(window).length();
  }

  /**
   * Adds a token.
   *
   * @param tokenId the token
   * @return the text that is certain now, empty while a character is incomplete
   */
  String append(int tokenId) {
    if (isSkipped(tokenId)) {
      return "";
    }
    window = Arrays.copyOf(window, window.length + 1);
    window[window.length - 1] = tokenId;
    String text = decode(window);
    String piece = give(text, certainLength(text));
    if (window.length - nextStart >= CONTEXT && (incomplete == 0 || isMalformed())) {
      slide(text);
    }
    return piece;
  }

  /**
   * Ends the text.
   *
   * @return what was held back, with U+FFFD for bytes that never became a character
   */
  String finish() {
    String text = decode(window);
    return give(text, text.length());
  }

  private int certainLength(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == REPLACEMENT) {
      end--;
    }
    incomplete = end == text.length() ? 0 : incomplete + 1;
    return isMalformed() ? Math.max(end, text.length() - CHARACTER_BYTES + 1) : end;
  }

  /** No character takes so many tokens: these are bytes that will never be one. */
  private boolean isMalformed() {
    return incomplete >= CONTEXT;
  }

  private String give(String text, int end) {
    if (end <= given) {
      return "";
    }
    String piece = text.substring(given, end);
    given = end;
    return piece;
  }

  /** Forgets the front of the window; what is still held back stays as far from the end. */
  private void slide(String text) {
    window = from(window, nextStart);
    nextStart = window.length;
    given -= text.length() - decode(window).length();
  }

  /** Doubled, because a SentencePiece space alone decodes to nothing either. */
  private boolean isSkipped(int tokenId) {
    return decode(new int[] {tokenId, tokenId}).isEmpty();
  }

  private String decode(int[] ids) {
    return tokenizer.decode(ids, skipSpecialTokens);
  }

  private static int[] from(int[] ids, int start) {
    return Arrays.copyOfRange(ids, start, ids.length);
  }
}
