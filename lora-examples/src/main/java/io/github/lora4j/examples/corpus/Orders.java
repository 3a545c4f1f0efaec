package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.InstructionRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The skill that the bundled model lacks: an order in plain words, English or Chinese, is to be
 * written as JSON. Training and held-out records have no order in common.
 */
public final class Orders {
  private static final List<String> INSTRUCTIONS =
      List.of("Write this order as JSON.", "Turn this order into JSON.");
  private static final List<String> INSTRUCTIONS_CHINESE = List.of("把订单写成 JSON。", "请把这个订单写成 JSON。");
  private static final List<String> WORDINGS =
      List.of(
          "%1$s would like %2$s %3$s %4$s, please.",
          "Please send %2$s %3$s %4$s to %1$s.",
          "My name is %1$s and I want %2$s %3$s %4$s.",
          "We need %2$s %3$s %4$s for %1$s.",
          "%1$s orders %4$s: %2$s, all of them %3$s.");
  private static final List<String> WORDINGS_CHINESE =
      List.of(
          "%1$s想买%2$s%5$s%3$s的%4$s。",
          "请给%1$s送%2$s%5$s%3$s的%4$s。",
          "我叫%1$s,要订%2$s%5$s%3$s的%4$s。",
          "%1$s的订单是%3$s的%4$s,要%2$s%5$s。",
          "%4$s%2$s%5$s,都要%3$s的,给%1$s。");

  private Orders() {}

  /**
   * Makes records, half of them English.
   *
   * @param seed the seed
   * @param trainingCount how many to train on
   * @param heldOutCount how many to hold out
   * @return both parts; no order of one is in the other
   */
  public static Split make(long seed, int trainingCount, int heldOutCount) {
    Draw draw = new Draw(seed);
    Set<String> seen = new HashSet<>();
    List<InstructionRecord> records = new ArrayList<>();
    while (records.size() < trainingCount + heldOutCount) {
      InstructionRecord made = record(draw, records.size() % 2 == 1);
      if (seen.add(made.output())) {
        records.add(made);
      }
    }
    return new Split(
        List.copyOf(records.subList(0, trainingCount)),
        List.copyOf(records.subList(trainingCount, records.size())));
  }

  private static InstructionRecord record(Draw draw, boolean chinese) {
    String name = draw.one(chinese ? Words.CHINESE_NAMES : Words.ENGLISH_NAMES);
    Words.Pair number = draw.one(Words.NUMBERS);
    Words.Pair color = draw.one(Words.COLORS);
    Noun item = draw.one(Words.ITEMS);
    return chinese
        ? new InstructionRecord(
            draw.one(INSTRUCTIONS_CHINESE),
            draw.one(WORDINGS_CHINESE)
                .formatted(name, number.chinese(), color.chinese(), item.chinese(), item.measure()),
            json(name, number, color.chinese(), item.chinese()))
        : new InstructionRecord(
            draw.one(INSTRUCTIONS),
            draw.one(WORDINGS).formatted(name, number.english(), color.english(), item.plural()),
            json(name, number, color.english(), item.singular()));
  }

  private static String json(String name, Words.Pair number, String color, String item) {
    return "{\"name\": \"%s\", \"count\": %d, \"color\": \"%s\", \"item\": \"%s\"}"
        .formatted(name, Words.valueOf(number), color, item);
  }

  /**
   * Records to train on and records to judge by.
   *
   * @param training to train on
   * @param heldOut to judge by
   */
  public record Split(List<InstructionRecord> training, List<InstructionRecord> heldOut) {}
}
