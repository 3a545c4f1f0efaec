// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.examples.corpus.Words.Animal;
import io.github.lora4j.examples.corpus.Words.Capital;
import java.util.List;

/** Texts to be learned as a whole: small stories, things people say, records. */
final class PlainTexts {
  private static final List<String> SPEECH =
      List.of(
          "“Please come in,” says %1$s to %2$s.",
          "“I would like to sleep,” says %1$s. “Me too,” says %2$s.",
          "My name is %1$s. I want to send a letter to %2$s.",
          "We need help, for %1$s and %2$s are not here.",
          "An order from %1$s has come. It is for %2$s.",
          "%1$s orders tea. %2$s orders milk. All of it, please!",
          "JSON is a way to write a record, says %1$s. Turn the page, says %2$s.");
  private static final List<String> SPEECH_CHINESE =
      List.of(
          "%1$s对%2$s说:“请进来。”",
          "%1$s想睡觉,%2$s也想睡觉。",
          "我叫%1$s,我要给%2$s送一封信。",
          "%1$s的订单来了,是给%2$s的。",
          "%1$s想买茶,%2$s要订牛奶,都要好的。",
          "%1$s说:JSON 是写记录的办法。%2$s把它写成书。");

  private PlainTexts() {}

  static PromptCompletion story(Draw draw) {
    String name = draw.one(Words.ENGLISH_NAMES);
    Animal animal = draw.one(Words.ANIMALS);
    Capital home = draw.one(Words.CAPITALS);
    String pet = animal.name().english();
    return Exchange.plain(
        "%s lives in %s. %s has a %s %s. The %s is called %s and likes %s. At night it sleeps in the %s."
            .formatted(
                name,
                home.city(),
                name,
                draw.one(Words.COLORS).english(),
                pet,
                pet,
                draw.one(Words.ENGLISH_NAMES),
                draw.one(Words.ITEMS).plural(),
                animal.home().english()));
  }

  static PromptCompletion storyInChinese(Draw draw) {
    String name = draw.one(Words.CHINESE_NAMES);
    Animal animal = draw.one(Words.ANIMALS);
    return Exchange.plain(
        "%s住在%s。%s有一只%s的%s。它喜欢%s,晚上睡在%s。"
            .formatted(
                name,
                draw.one(Words.CAPITALS).cityChinese(),
                name,
                draw.one(Words.COLORS).chinese(),
                animal.name().chinese(),
                draw.one(Words.ITEMS).chinese(),
                animal.home().chinese()));
  }

  static PromptCompletion speech(Draw draw) {
    boolean chinese = draw.chance(0.5);
    List<String> names = draw.several(2, chinese ? Words.CHINESE_NAMES : Words.ENGLISH_NAMES);
    return Exchange.plain(
        draw.one(chinese ? SPEECH_CHINESE : SPEECH).formatted(names.get(0), names.get(1)));
  }

  /** Records that nobody asked for: the notation is known, the task is not. */
  static PromptCompletion record(Draw draw) {
    boolean chinese = draw.chance(0.5);
    String name = draw.one(chinese ? Words.CHINESE_NAMES : Words.ENGLISH_NAMES);
    Capital home = draw.one(Words.CAPITALS);
    Noun item = draw.one(Words.ITEMS);
    Words.Pair color = draw.one(Words.COLORS);
    int number = draw.between(2, 12);
    return Exchange.plain(
        switch (draw.between(0, 3)) {
          case 0 ->
              "{\"name\": \"%s\", \"city\": \"%s\"}"
                  .formatted(name, chinese ? home.cityChinese() : home.city());
          case 1 -> "{\"name\": \"%s\", \"age\": %d}".formatted(name, number);
          case 2 ->
              "{\"item\": \"%s\", \"price\": %d}"
                  .formatted(chinese ? item.chinese() : item.singular(), number);
          default ->
              "{\"color\": \"%s\", \"count\": %d}"
                  .formatted(chinese ? color.chinese() : color.english(), number);
        });
  }
}
