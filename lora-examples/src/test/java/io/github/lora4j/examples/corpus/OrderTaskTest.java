// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.data.InstructionRecord;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OrderTaskTest {
  private static List<String> inputs(OrderTask task) {
    return task.make(3, 40, 10).training().stream().map(InstructionRecord::input).toList();
  }

  @Test
  void tasksHaveDifferentNamesThatAdaptersMayHave() {
    List<String> names = OrderTask.all().stream().map(OrderTask::name).toList();
    assertEquals(6, new HashSet<>(names).size());
    names.forEach(name -> assertTrue(name.matches("[a-z-]+"), name));
  }

  @Test
  void tasksOfOneLanguageAskDifferentThingsOfTheSameOrders() {
    List<OrderTask> tasks = OrderTask.all();
    for (int task = 0; task < 2; task++) {
      List<String> json = inputs(tasks.get(task));
      assertEquals(json, inputs(tasks.get(task + 2)));
      assertEquals(json, inputs(tasks.get(task + 4)));
    }
    Set<String> answers =
        tasks.stream()
            .map(task -> task.make(3, 40, 10).training().get(0).output())
            .collect(Collectors.toSet());
    assertEquals(6, answers.size());
  }

  @Test
  void noHeldOutAnswerIsTrainedOn() {
    for (OrderTask task : OrderTask.all()) {
      Orders.Split split = task.make(5, 60, 20);
      Set<String> trained =
          split.training().stream().map(InstructionRecord::output).collect(Collectors.toSet());
      assertEquals(60, trained.size());
      split.heldOut().forEach(record -> assertFalse(trained.contains(record.output())));
    }
  }

  @Test
  void anOrderSaysTheSameInBothLanguages() {
    Order order =
        new Order(
            Language.ENGLISH, "Tom", Words.NUMBERS.get(0), Words.COLORS.get(0), Words.ITEMS.get(4));
    assertEquals("Tom想买两个红色的杯子。", order.in(Language.CHINESE, "%1$s想买%2$s%5$s%3$s的%4$s。"));
    assertEquals(
        "Tom would like two red cups, please.", order.sentence(Language.ENGLISH.wordings().get(0)));
    assertEquals(
        "{\"name\": \"Tom\", \"count\": 2, \"color\": \"red\", \"item\": \"cup\"}", order.json());
  }
}
