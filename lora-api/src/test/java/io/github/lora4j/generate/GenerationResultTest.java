// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GenerationResultTest {
  @Test
  void countsAndSpeedFollowFromTheTokensAndTheTime() {
    GenerationResult result = result(List.of(5, 6, 7), Duration.ofMillis(1500));
    assertEquals(3, result.newTokens());
    assertEquals(2, result.tokensPerSecond());
  }

  @Test
  void noTimeIsNoSpeed() {
    assertEquals(0, result(List.of(5), Duration.ZERO).tokensPerSecond());
  }

  @Test
  void theTokensAreACopy() {
    List<Integer> ids = new ArrayList<>(List.of(1));
    GenerationResult result = result(ids, Duration.ZERO);
    ids.add(2);
    assertEquals(List.of(1), result.tokenIds());
  }

  private static GenerationResult result(List<Integer> ids, Duration elapsed) {
    return new GenerationResult("p", "t", ids, FinishReason.LENGTH, 2, elapsed);
  }
}
