// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.InstructionRecord;
import java.util.List;
import java.util.function.Function;

/**
 * One of the things that can be done with an order in plain words. All tasks of a language see the
 * same kinds of orders; what is asked for is what an adapter has to learn.
 */
public final class OrderTask {
  private static final String ENGLISH_REPLY = "Please come in, %1$s: %2$s %3$s %4$s have come.";
  private static final String CHINESE_REPLY = "%1$s,请进来:%2$s%5$s%3$s的%4$s来了。";

  private final String name;
  private final Language language;
  private final String instruction;
  private final Function<Order, String> answer;

  private OrderTask(
      String name, Language language, String instruction, Function<Order, String> answer) {
    this.name = name;
    this.language = language;
    this.instruction = instruction;
    this.answer = answer;
  }

  /**
   * Three tasks on orders in English and three on orders in Chinese: write it as JSON, say it in
   * the other language, reply to it.
   *
   * @return the tasks
   */
  public static List<OrderTask> all() {
    return List.of(
        json("json-en", Language.ENGLISH, "Write this order as JSON."),
        json("json-zh", Language.CHINESE, "把订单写成 JSON。"),
        translation("en-to-zh", Language.ENGLISH, "Write this order in Chinese."),
        translation("zh-to-en", Language.CHINESE, "把订单写成英语。"),
        reply("reply-en", Language.ENGLISH, "Reply to this order.", ENGLISH_REPLY),
        reply("reply-zh", Language.CHINESE, "给订单写一个回答。", CHINESE_REPLY));
  }

  private static OrderTask json(String name, Language language, String instruction) {
    return new OrderTask(name, language, instruction, Order::json);
  }

  private static OrderTask translation(String name, Language language, String instruction) {
    Language other = language.other();
    return new OrderTask(
        name, language, instruction, order -> order.in(other, other.wordings().get(0)));
  }

  private static OrderTask reply(
      String name, Language language, String instruction, String wording) {
    return new OrderTask(name, language, instruction, order -> order.sentence(wording));
  }

  /**
   * What it is called.
   *
   * @return fit for the name of an adapter and of a directory
   */
  public String name() {
    return name;
  }

  /**
   * Makes records.
   *
   * @param seed the seed; the same for all tasks makes the same orders for those of one language
   * @param trainingCount how many to train on
   * @param heldOutCount how many to hold out
   * @return both parts; no order of one is in the other
   */
  public Orders.Split make(long seed, int trainingCount, int heldOutCount) {
    return Orders.split(seed, trainingCount, heldOutCount, this::record);
  }

  private InstructionRecord record(Draw draw, int index) {
    Order order = Order.draw(draw, language);
    return new InstructionRecord(
        instruction, order.sentence(draw.one(language.wordings())), answer.apply(order));
  }
}
