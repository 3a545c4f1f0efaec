// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LengthGroupedSamplerTest {
  private static int[] lengths(int count) {
    return new Random(3).ints(count, 10, 500).toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 399, 400, 401, 1003})
  void everyRowComesOnceAnEpoch(int count) {
    List<List<Long>> batches = new LengthGroupedSampler(8, 1).batches(lengths(count), 0);
    List<Long> rows = new ArrayList<>();
    batches.forEach(rows::addAll);
    assertEquals(LongStream.range(0, count).boxed().toList(), rows.stream().sorted().toList());
    assertEquals((count + 7) / 8, batches.size());
  }

  @Test
  void orderDependsOnSeedAndEpochAlone() {
    int[] lengths = lengths(1000);
    LengthGroupedSampler sampler = new LengthGroupedSampler(8, 1);
    assertEquals(sampler.batches(lengths, 5), new LengthGroupedSampler(8, 1).batches(lengths, 5));
    assertNotEquals(sampler.batches(lengths, 5), sampler.batches(lengths, 6));
    assertNotEquals(
        sampler.batches(lengths, 5), new LengthGroupedSampler(8, 2).batches(lengths, 5));
  }

  @Test
  void batchesHoldRowsOfSimilarLength() {
    int[] lengths = lengths(4000);
    long padded = 0;
    long real = 0;
    for (List<Long> batch : new LengthGroupedSampler(8, 1).batches(lengths, 0)) {
      int longest = 0;
      for (long row : batch) {
        longest = Math.max(longest, lengths[(int) row]);
        real += lengths[(int) row];
      }
      padded += (long) longest * batch.size();
    }
    // Random batches of these lengths are 43 % padding.
    assertTrue(padded < 1.05 * real, padded + " padded for " + real);
  }

  @Test
  void orderOfBatchesIsNotByLength() {
    int[] lengths = lengths(400);
    List<List<Long>> batches = new LengthGroupedSampler(8, 1).batches(lengths, 0);
    int rises = 0;
    for (int i = 1; i < batches.size(); i++) {
      int before = lengths[batches.get(i - 1).get(0).intValue()];
      rises += before < lengths[batches.get(i).get(0).intValue()] ? 1 : 0;
    }
    assertTrue(rises > 10 && rises < 40, rises + " rises in 49 steps");
  }

  @Test
  void epochsGoOnFromWhereARunIsResumed() {
    List<PromptCompletion> pairs = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      pairs.add(new PromptCompletion("p".repeat(i), "c"));
    }
    InstructionDataset data = InstructionDataset.of(pairs, new CharTokenizer()).build();
    LengthGroupedSampler whole = new LengthGroupedSampler(4, 9);
    List<List<Long>> first = all(whole, data);
    List<List<Long>> second = all(whole, data);
    LengthGroupedSampler resumed = new LengthGroupedSampler(4, 9);
    resumed.startAt(1);
    assertNotEquals(first, second);
    assertEquals(second, all(resumed, data));
  }

  private static List<List<Long>> all(LengthGroupedSampler sampler, InstructionDataset data) {
    List<List<Long>> batches = new ArrayList<>();
    sampler.sample(data).forEachRemaining(batches::add);
    return batches;
  }
}
