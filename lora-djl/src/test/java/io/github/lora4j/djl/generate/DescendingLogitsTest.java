// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DescendingLogitsTest {
  private final DescendingLogits descending = new DescendingLogits();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 1000, 20_000})
  void ranksEqualThoseOfAFullSortHoweverFarItIsSorted(int size) {
    SplittableRandom random = new SplittableRandom(size);
    float[] logits = new float[size];
    // Rounding makes many equal logits, of both signs.
    IntStream.range(0, size)
        .forEach(id -> logits[id] = Math.round(random.nextDouble(-50, 50)) / 4f);
    List<Integer> expected = sorted(logits);

    descending.reset(logits);
    int end = 0;
    while (end < size) {
      end = Math.min(size, 2 * end + 1);
      descending.sortFirst(end);
      assertEquals(expected.subList(0, end), ids(end));
    }
    assertEquals(logits[expected.get(size - 1)], descending.logit(size - 1));
  }

  @Test
  void extremesAreOrdered() {
    float[] logits = {
      -0f, 0f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -Float.MIN_VALUE
    };
    descending.reset(logits);
    descending.sortFirst(logits.length);
    assertEquals(List.of(2, 4, 1, 0, 5, 3), ids(logits.length));
    assertEquals(Float.MAX_VALUE, descending.logit(0));
    assertEquals(-Float.MAX_VALUE, descending.logit(5));
  }

  @Test
  void impossibleTokensAreLeftOut() {
    descending.reset(new float[] {Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY, 2});
    assertEquals(2, descending.size());
    descending.sortFirst(2);
    assertEquals(List.of(3, 1), ids(2));
  }

  @Test
  void aShorterVocabularyLeavesNothingOfALongerOne() {
    descending.reset(new float[] {9, 8, 7});
    descending.sortFirst(3);
    descending.reset(new float[] {1, 2});
    descending.sortFirst(2);
    assertEquals(List.of(1, 0), ids(2));
  }

  private List<Integer> ids(int count) {
    return IntStream.range(0, count).mapToObj(descending::id).toList();
  }

  private static List<Integer> sorted(float[] logits) {
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(id -> -logits[id]).thenComparing(id -> id))
        .toList();
  }
}
