// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TopPTest {
  private static final TokenHistory NOTHING = new TokenHistory(new int[0]);

  @ParameterizedTest
  @CsvSource({
    "0.0005, 1",
    "0.0635, 64",
    "0.0645, 65",
    "0.5115, 512",
    "0.5125, 513",
    "0.9995, 1000"
  })
  void aFlatDistributionIsCutWhereTheProbabilityIsReached(float p, int kept) {
    float[] logits = new float[1000];
    new TopP(p, new DescendingLogits()).process(logits, NOTHING);
    assertEquals(kept, count(logits));
    assertEquals(0, logits[kept - 1], "the lowest ids stay among equals");
  }

  @Test
  void reachingTheProbabilityExactlyIsEnough() {
    float[] logits = {Float.NEGATIVE_INFINITY, 3, 3};
    new TopP(0.5f, new DescendingLogits()).process(logits, NOTHING);
    assertEquals("[-Infinity, 3.0, -Infinity]", Arrays.toString(logits));
  }

  @Test
  void tokensAlreadyOutStayOut() {
    float[] logits = {Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY, 1};
    new TopP(0.9f, new DescendingLogits()).process(logits, NOTHING);
    assertEquals(
        "[-Infinity, 1.0, -Infinity, 1.0]", Arrays.toString(logits), "both possible ones stay");
  }

  private static long count(float[] logits) {
    return IntStream.range(0, logits.length)
        .filter(id -> logits[id] != Float.NEGATIVE_INFINITY)
        .count();
  }
}
