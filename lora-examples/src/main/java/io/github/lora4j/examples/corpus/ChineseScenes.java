// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;
import java.util.List;
import java.util.stream.IntStream;

/** Who has what, in Chinese: one or two sentences and a question about them. */
final class ChineseScenes implements Skill {
  private static final List<String> VERBS = List.of("有", "看见", "找到", "拿着", "洗了", "画了", "留着", "藏着");
  private static final List<String> PLACES = List.of("", "", "", "在家里", "在学校", "在花园里", "在厨房");

  @Override
  public PromptCompletion write(Draw draw) {
    int count = draw.chance(0.5) ? 2 : 1;
    List<String> names = draw.several(count, Words.CHINESE_NAMES);
    List<Noun> items = draw.several(count, Words.ITEMS);
    List<Scene> scenes =
        IntStream.range(0, count)
            .mapToObj(i -> Scene.of(draw, names.get(i), items.get(i)))
            .toList();
    String context = String.join("", scenes.stream().map(Scene::text).toList());
    if (draw.chance(0.1)) {
      return Exchange.plain(context);
    }
    return draw.one(scenes).ask(draw, context);
  }

  private record Scene(
      String name, String verb, Words.Pair count, Words.Pair color, Noun item, String place) {
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
      return name
          + place
          + verb
          + count.chinese()
          + item.measure()
          + color.chinese()
          + "的"
          + item.chinese()
          + "。";
    }

    PromptCompletion ask(Draw draw, String context) {
      return switch (draw.between(0, 5)) {
        case 0 -> Exchange.of(draw, context, "谁" + verb + item.chinese() + "?", name);
        case 1 -> Exchange.of(draw, context, name + verb + "什么?", item.chinese());
        case 2 -> Exchange.of(draw, context, howMany(), count.chinese());
        case 3 ->
            Exchange.of(draw, context, howMany() + "写数字。", String.valueOf(Words.valueOf(count)));
        case 4 -> Exchange.of(draw, context, item.chinese() + "是什么颜色的?", color.chinese());
        default ->
            Exchange.of(
                draw,
                context,
                name + verb + "什么样的" + item.chinese() + "?",
                color.chinese() + "的" + item.chinese());
      };
    }

    private String howMany() {
      return name + verb + "几" + item.measure() + item.chinese() + "?";
    }
  }
}
