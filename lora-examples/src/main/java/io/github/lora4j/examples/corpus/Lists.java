// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;
import java.util.List;
import java.util.stream.Stream;

/** Small tasks on lists of words: say them again, pick one by its place. */
final class Lists {
  private static final List<String> ENGLISH =
      Stream.concat(
              Words.ENGLISH_NAMES.stream(),
              Stream.concat(
                  Words.COLORS.stream().map(Words.Pair::english),
                  Words.ITEMS.stream().flatMap(i -> Stream.of(i.singular(), i.plural()))))
          .toList();
  private static final List<String> CHINESE =
      Stream.concat(
              Words.CHINESE_NAMES.stream(),
              Stream.concat(
                  Words.COLORS.stream().map(Words.Pair::chinese),
                  Words.ITEMS.stream().map(Noun::chinese)))
          .toList();

  private Lists() {}

  static PromptCompletion english(Draw draw) {
    List<String> words = draw.several(draw.between(2, 5), ENGLISH);
    String text = String.join(", ", words);
    return switch (draw.between(0, 3)) {
      case 0 -> Exchange.of(draw, text, "Which word comes first?", words.get(0));
      case 1 -> Exchange.of(draw, text, "Which word comes last?", words.get(words.size() - 1));
      case 2 -> {
        int place = draw.between(1, words.size() - 1);
        yield Exchange.of(
            draw,
            text,
            "Which word comes after %s?".formatted(words.get(place - 1)),
            words.get(place));
      }
      default -> Exchange.of(draw, text, "Repeat the words.", text);
    };
  }

  static PromptCompletion chinese(Draw draw) {
    List<String> words = draw.several(draw.between(2, 5), CHINESE);
    String text = String.join("、", words);
    return switch (draw.between(0, 3)) {
      case 0 -> Exchange.of(draw, text, "第一个词是什么?", words.get(0));
      case 1 -> Exchange.of(draw, text, "最后一个词是什么?", words.get(words.size() - 1));
      case 2 -> {
        int place = draw.between(1, words.size() - 1);
        yield Exchange.of(draw, text, words.get(place - 1) + "后面是什么?", words.get(place));
      }
      default -> Exchange.of(draw, text, "再说一遍。", text);
    };
  }
}
