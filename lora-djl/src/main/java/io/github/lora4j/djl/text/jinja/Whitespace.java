// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/** Python's idea of white space, which is wider than either of Java's. */
final class Whitespace {
  private Whitespace() {}

  static boolean is(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  static boolean isAll(String text) {
    return text.chars().allMatch(Whitespace::is);
  }

  static String stripLeading(String text) {
    return text.substring(skip(text, 0));
  }

  static String stripTrailing(String text) {
    int end = text.length();
    while (end > 0 && is(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** The first position from {@code start} on that is no white space. */
  static int skip(String text, int start) {
    int at = start;
    while (at < text.length() && is(text.charAt(at))) {
      at++;
    }
    return at;
  }
}
