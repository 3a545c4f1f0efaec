// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/** The escapes of Python's string literals. */
final class StringEscapes {
  private static final String LETTERS = "abfnrtv\\'\"";
  private static final String MEANINGS = "\u0007\b\f\n\r\t\u000b\\'\"";

  private StringEscapes() {}

  static String unescape(String literal) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder text = new StringBuilder(literal.length());
    int at = 0;
    while (at < literal.length()) {
      char c = literal.charAt(at);
      at = c == '\\' ? escape(literal, at + 1, text) : plain(c, at, text);
    }
    return text.toString();
  }

  private static int plain(char c, int at, StringBuilder text) {
    text.append(c);
    return at + 1;
  }

  /** Appends the escape whose letter is at {@code at}; returns where the literal goes on. */
  private static int escape(String literal, int at, StringBuilder text) {
    char letter = literal.charAt(at);
    int meaning = LETTERS.indexOf(letter);
    if (meaning >= 0) {
      return plain(MEANINGS.charAt(meaning), at, text);
    }
    return switch (letter) {
      case '\n' -> at + 1;
      case 'x' -> code(literal, at + 1, 2, 16, text);
      case 'u' -> code(literal, at + 1, 4, 16, text);
      case 'U' -> code(literal, at + 1, 8, 16, text);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(literal, at, text);
      default -> {
        // Python keeps what it does not know, with its backslash.
        text.append('\\').append(letter);
        yield at + 1;
      }
    };
  }

  private static int octal(String literal, int at, StringBuilder text) {
    int digits = 0;
    while (digits < 3
        && at + digits < literal.length()
        && Character.digit(literal.charAt(at + digits), 8) >= 0) {
      digits++;
    }
    return code(literal, at, digits, 8, text);
  }

  private static int code(String literal, int at, int digits, int radix, StringBuilder text) {
    int end = at + digits;
    try {
      text.appendCodePoint(Integer.parseInt(literal.substring(at, end), radix));
      return end;
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new TemplateFault("the string '%s' holds a damaged escape".formatted(literal));
    }
  }
}
