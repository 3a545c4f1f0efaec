// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.InstructionRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * The skill that the bundled model lacks: an order in plain words, English or Chinese, is to be
 * written as JSON. Training and held-out records have no order in common.
 */
public final class Orders {
  private static final List<String> INSTRUCTIONS =
      List.of("Write this order as JSON.", "Turn this order into JSON.");
  private static final List<String> INSTRUCTIONS_CHINESE = List.of("把订单写成 JSON。", "请把这个订单写成 JSON。");

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
    return split(seed, trainingCount, heldOutCount, Orders::record);
  }

  /** Parts without an answer in common, of what {@code writer} makes of a draw and an index. */
  static Split split(
      long seed,
      int trainingCount,
      int heldOutCount,
      BiFunction<Draw, Integer, InstructionRecord> writer) {
    Draw draw = new Draw(seed);
    Set<String> seen = new HashSet<>();
    List<InstructionRecord> records = new ArrayList<>();
    while (records.size() < trainingCount + heldOutCount) {
      InstructionRecord made = writer.apply(draw, records.size());
      if (seen.add(made.output())) {
        records.add(made);
      }
    }
    return new Split(
        List.copyOf(records.subList(0, trainingCount)),
        List.copyOf(records.subList(trainingCount, records.size())));
  }

  private static InstructionRecord record(Draw draw, int index) {
    Language language = index % 2 == 1 ? Language.CHINESE : Language.ENGLISH;
    Order order = Order.draw(draw, language);
    return new InstructionRecord(
        draw.one(language == Language.CHINESE ? INSTRUCTIONS_CHINESE : INSTRUCTIONS),
        order.sentence(draw.one(language.wordings())),
        order.json());
  }

  /**
   * Records to train on and records to judge by.
   *
   * @param training to train on
   * @param heldOut to judge by
   */
  public record Split(List<InstructionRecord> training, List<InstructionRecord> heldOut) {}
}
