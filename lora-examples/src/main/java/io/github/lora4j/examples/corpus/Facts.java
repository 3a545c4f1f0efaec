// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.examples.corpus.Words.Animal;
import io.github.lora4j.examples.corpus.Words.Capital;
import io.github.lora4j.examples.corpus.Words.Opposites;
import io.github.lora4j.examples.corpus.Words.Pair;

/** Things one knows by heart: capitals, opposites, where animals live, numbers, vocabulary. */
final class Facts {
  private Facts() {}

  static PromptCompletion capital(Draw draw) {
    Capital fact = draw.one(Words.CAPITALS);
    return switch (draw.between(0, 5)) {
      case 0, 1 -> ask(draw, "What is the capital of %s?".formatted(fact.country()), fact.city());
      case 2, 3 -> ask(draw, fact.countryChinese() + "的首都是哪里?", fact.cityChinese());
      case 4 -> Exchange.plain("The capital of %s is %s.".formatted(fact.country(), fact.city()));
      default -> Exchange.plain("%s的首都是%s。".formatted(fact.countryChinese(), fact.cityChinese()));
    };
  }

  static PromptCompletion opposite(Draw draw) {
    Opposites words = draw.one(Words.OPPOSITES);
    boolean swap = draw.chance(0.5);
    if (draw.chance(0.5)) {
      return ask(
          draw,
          "What is the opposite of %s?".formatted(swap ? words.other() : words.one()),
          swap ? words.one() : words.other());
    }
    return ask(
        draw,
        "“%s”的反义词是什么?".formatted(swap ? words.otherChinese() : words.oneChinese()),
        swap ? words.oneChinese() : words.otherChinese());
  }

  static PromptCompletion home(Draw draw) {
    Animal animal = draw.one(Words.ANIMALS);
    return draw.chance(0.5)
        ? ask(
            draw,
            "Where does the %s live?".formatted(animal.name().english()),
            "in the " + animal.home().english())
        : ask(draw, animal.name().chinese() + "住在哪里?", animal.home().chinese());
  }

  static PromptCompletion number(Draw draw) {
    Pair number = draw.one(Words.NUMBERS);
    String digits = String.valueOf(Words.valueOf(number));
    return switch (draw.between(0, 3)) {
      case 0 -> ask(draw, "Write %s as a digit.".formatted(number.english()), digits);
      case 1 -> ask(draw, "Write %s as a word.".formatted(digits), number.english());
      case 2 -> ask(draw, "把“%s”写成数字。".formatted(number.chinese()), digits);
      default -> ask(draw, "%s 用汉字怎么写?".formatted(digits), number.chinese());
    };
  }

  static PromptCompletion singular(Draw draw) {
    Noun item = draw.one(Words.ITEMS);
    return draw.chance(0.5)
        ? ask(draw, "What is one of the %s?".formatted(item.plural()), item.singular())
        : ask(draw, "What are two of a %s?".formatted(item.singular()), item.plural());
  }

  static PromptCompletion translation(Draw draw) {
    Pair pair = vocabulary(draw);
    return draw.chance(0.5)
        ? ask(draw, "What is %s in Chinese?".formatted(pair.english()), pair.chinese())
        : ask(draw, pair.chinese() + "用英语怎么说?", pair.english());
  }

  private static Pair vocabulary(Draw draw) {
    return switch (draw.between(0, 3)) {
      case 0 -> draw.one(Words.COLORS);
      case 1 -> draw.one(Words.ANIMALS).name();
      default -> {
        Noun item = draw.one(Words.ITEMS);
        yield new Pair(item.singular(), item.chinese());
      }
    };
  }

  private static PromptCompletion ask(Draw draw, String question, String answer) {
    return Exchange.of(draw, "", question, answer);
  }
}
