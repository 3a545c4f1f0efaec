// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;
import java.util.List;
import java.util.stream.IntStream;

/** Who has what, in English: one or two sentences and a question about them. */
final class EnglishScenes implements Skill {
  private static final List<Verb> VERBS =
      List.of(
          new Verb("has", "have"),
          new Verb("sees", "see"),
          new Verb("finds", "find"),
          new Verb("carries", "carry"),
          new Verb("washes", "wash"),
          new Verb("paints", "paint"),
          new Verb("keeps", "keep"),
          new Verb("hides", "hide"));
  private static final List<String> PLACES =
      List.of("", "", "", " in the kitchen", " at school", " in the garden", " at home");

  @Override
  public PromptCompletion write(Draw draw) {
    int count = draw.chance(0.5) ? 2 : 1;
    List<String> names = draw.several(count, Words.ENGLISH_NAMES);
    List<Noun> items = draw.several(count, Words.ITEMS);
    List<Scene> scenes =
        IntStream.range(0, count)
            .mapToObj(i -> Scene.of(draw, names.get(i), items.get(i)))
            .toList();
    String context = String.join(" ", scenes.stream().map(Scene::text).toList());
    if (draw.chance(0.1)) {
      return Exchange.plain(context);
    }
    return draw.one(scenes).ask(draw, context);
  }

  private record Verb(String third, String base) {}

  private record Scene(
      String name, Verb verb, Words.Pair count, Words.Pair color, Noun item, String place) {
    static Scene of(Draw draw, String name, Noun item) {
      return new Scene(
          name,
          draw.one(VERBS),
          draw.one(Words.NUMBERS),
          draw.one(Words.COLORS),
          item,
          draw.one(PLACES));
    }

    String text() {
      return "%s %s %s %s %s%s."
          .formatted(name, verb.third(), count.english(), color.english(), item.plural(), place);
    }

    PromptCompletion ask(Draw draw, String context) {
      return switch (draw.between(0, 6)) {
        case 0 -> answer(draw, context, "Who %s %s?".formatted(verb.third(), item.plural()), name);
        case 1 ->
            answer(draw, context, "What does %s %s?".formatted(name, verb.base()), item.plural());
        case 2 -> answer(draw, context, howMany(), count.english());
        case 3 ->
            answer(
                draw, context, howMany() + " Write a digit.", String.valueOf(Words.valueOf(count)));
        case 4 ->
            answer(
                draw, context, "What color are the %s?".formatted(item.plural()), color.english());
        case 5 ->
            answer(
                draw,
                context,
                "What is one of the things %s %s?".formatted(name, verb.third()),
                item.singular());
        default ->
            answer(
                draw,
                context,
                "Which %s does %s %s?".formatted(item.plural(), name, verb.base()),
                "the %s %s".formatted(color.english(), item.plural()));
      };
    }

    private String howMany() {
      return "How many %s does %s %s?".formatted(item.plural(), name, verb.base());
    }

    private static PromptCompletion answer(
        Draw draw, String context, String question, String answer) {
      return Exchange.of(draw, context, question, answer);
    }
  }
}
