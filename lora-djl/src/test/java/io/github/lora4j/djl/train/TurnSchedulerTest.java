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
}
