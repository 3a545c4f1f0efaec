// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.tokenizer;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Cuts text into the pieces that merges stay within: a Chinese character is a piece of its own, all
 * else is cut as GPT-2 cuts it.
 */
final class PreTokenizer {
  /** What is a piece of its own, as {@code tokenizer.json} spells it. */
  static final String ISOLATED = "\\p{Han}";

  private static final Pattern PIECE =
      Pattern.compile(
          "\\p{IsHan}"
              + "|'s|'t|'re|'ve|'m|'ll|'d"
              + "| ?(?:(?!\\p{IsHan})\\p{L})+"
              + "| ?(?:(?!\\p{IsHan})\\p{N})+"
              + "| ?(?:(?!\\p{IsHan})[^\\s\\p{L}\\p{N}])+"
              + "|\\s+(?!(?!\\p{IsHan})\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private PreTokenizer() {}

  static List<String> pieces(String text) {
    return PIECE.matcher(text).results().map(MatchResult::group).toList();
  }
}
