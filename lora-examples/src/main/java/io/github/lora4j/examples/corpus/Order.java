// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

/**
 * Who orders how many of what, in one of the two languages.
 *
 * @param language the language of the name, and of the order's words
 */
record Order(Language language, String name, Words.Pair number, Words.Pair color, Noun item) {
  static Order draw(Draw draw, Language language) {
    return new Order(
        language,
        draw.one(language.names()),
        draw.one(Words.NUMBERS),
        draw.one(Words.COLORS),
        draw.one(Words.ITEMS));
  }

  /** One sentence; {@code wording} takes name, number, colour, item and measure word. */
  String sentence(String wording) {
    return in(language, wording);
  }

  /** The same order in another language; the name stays as it is. */
  String in(Language other, String wording) {
    return other == Language.CHINESE
        ? wording.formatted(name, number.chinese(), color.chinese(), item.chinese(), item.measure())
        : wording.formatted(name, number.english(), color.english(), item.plural());
  }

  String json() {
    boolean chinese = language == Language.CHINESE;
    return "{\"name\": \"%s\", \"count\": %d, \"color\": \"%s\", \"item\": \"%s\"}"
        .formatted(
            name,
            Words.valueOf(number),
            chinese ? color.chinese() : color.english(),
            chinese ? item.chinese() : item.singular());
  }
}
