// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A visible character for each of the 256 bytes (GPT-2: {@code bytes_to_unicode}): printable ones
 * stand for themselves, the others are moved up beyond U+00FF.
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = characters();

  private ByteAlphabet() {}

  private static char[] characters() {
    char[] characters = new char[256];
    char next = 256;
    for (int value = 0; value < 256; value++) {
      characters[value] = isPrintable(value) ? (char) value : next++;
    }
    return characters;
  }

  private static boolean isPrintable(int value) {
    return (value >= '!' && value <= '~')
        || (value >= '¡' && value <= '¬')
        || (value >= '®' && value <= 'ÿ');
  }

  /** The UTF-8 bytes of a text, a symbol each. */
  static List<String> symbols(String text) {
    List<String> symbols = new ArrayList<>();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      symbols.add(String.valueOf(CHARACTERS[value & 0xff]));
    }
    return symbols;
  }

  /** The symbols of all bytes, in the order of their code points, as the reference lists them. */
  static List<String> all() {
    return new String(CHARACTERS).chars().sorted().mapToObj(Character::toString).toList();
  }
}
