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
  /** The tokens that stay in the window when it slides. */
  private static final int CONTEXT = 16;

  /** The window slides when it holds this many tokens. */
  private static final int WINDOW = 2 * CONTEXT;

  /** The longest character in bytes; an incomplete one shows as fewer replacement characters. */
  private static final int CHARACTER_BYTES = 4;

  private static final char REPLACEMENT = '\uFFFD';

  private final LlmTokenizer tokenizer;
  private final boolean skipSpecialTokens;
  private int[] window;

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
    window = last(prompt, Math.min(CONTEXT, prompt.length));
    given = decode(window).length();
  }

  /**
   * Adds a token.
   *
   * @param tokenId the token
   * @return the text that is certain now, empty while a character is incomplete
   */
  String append(int tokenId) {
    window = Arrays.copyOf(window, window.length + 1);
    window[window.length - 1] = tokenId;
    String text = decode(window);
    String piece = give(text, certainLength(text));
    if (window.length >= WINDOW && (incomplete == 0 || isMalformed())) {
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

  /** Forgets the front of the window, if the rest alone decodes to the end of the same text. */
  private void slide(String text) {
    int[] rest = last(window, CONTEXT);
    String tail = decode(rest);
    // A tail as long as a character has all the bytes that the next token may still complete.
    if (tail.length() >= CHARACTER_BYTES && text.endsWith(tail)) {
      given -= text.length() - tail.length();
      window = rest;
    }
  }

  private String decode(int[] ids) {
    return tokenizer.decode(ids, skipSpecialTokens);
  }

  private static int[] last(int[] ids, int count) {
    return Arrays.copyOfRange(ids, ids.length - count, ids.length);
  }
}
