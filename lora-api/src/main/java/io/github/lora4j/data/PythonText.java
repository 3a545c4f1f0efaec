// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

/** Text operations that must agree with the Python recipes they come from. */
final class PythonText {
  private PythonText() {}

  /** Python's {@code str.strip()}: unlike Java's, it also takes no-break spaces and U+0085. */
  static String strip(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }
}
