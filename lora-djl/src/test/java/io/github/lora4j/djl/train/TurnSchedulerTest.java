// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.train.multi.JobTurn;
import io.github.lora4j.train.multi.MultiLoraOptions;
import io.github.lora4j.train.multi.TurnOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnSchedulerTest {
  private static final List<JobTurn> TURNS =
      List.of(
          new JobTurn("served", 0, 500, 9, 10),
          new JobTurn("large", 0, 100, 9, 70),
          new JobTurn("small", 0, 200, 9, 30),
          new JobTurn("next", 0, 300, 9, 25));

  private static List<String> chosen(int maxTokens) {
    return new TurnScheduler(new MultiLoraOptions(maxTokens, TurnOrder.fairShare())).choose(TURNS);
  }

  @Test
  void allThatFitGoInOrder() {
    assertEquals(List.of("large", "small", "next", "served"), chosen(135));
    assertEquals(List.of("large", "small"), chosen(105));
  }

  @Test
  void whatDoesNotFitIsPassedOver() {
    assertEquals(List.of("large", "next"), chosen(99));
    assertEquals(List.of("large", "served"), chosen(80));
  }

  @Test
  void theFirstGoesHoweverLargeItIs() {
    assertEquals(List.of("large"), chosen(20));
  }

  @Test
  void theShortestJobGoesFirstByTokensLeft() {
    List<JobTurn> turns =
        List.of(
            new JobTurn("many small steps", 0, 0, 100, 10),
            new JobTurn("a large step", 0, 0, 1, 900),
            new JobTurn("few steps", 0, 0, 5, 40));
    assertEquals(
        List.of("few steps"),
        new TurnScheduler(new MultiLoraOptions(45, TurnOrder.shortestFirst())).choose(turns));
  }

  @Test
  void priorityGoesBeforeShareAndShareBetweenEquals() {
    List<JobTurn> turns =
        List.of(
            new JobTurn("urgent, served much", 1, 900, 9, 50),
            new JobTurn("served", 0, 20, 9, 30),
            new JobTurn("starving", 0, 10, 9, 30));
    assertEquals(
        List.of("urgent, served much", "starving"),
        new TurnScheduler(new MultiLoraOptions(80, TurnOrder.priority())).choose(turns));
  }
}
