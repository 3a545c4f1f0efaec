// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class InstructionDatasetTest {
  private static final PromptCompletion PAIR = new PromptCompletion("ab", "CD");

  private static Example row(PromptCompletion pair, CharTokenizer tokenizer) {
    return InstructionDataset.of(List.of(pair), tokenizer).build().example(0);
  }

  private static List<PromptCompletion> pairs(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new PromptCompletion("p".repeat(i % 7), "c" + i))
        .toList();
  }

  @Test
  void promptIsMaskedAndTheEndIsLearned() {
    Example example = row(PAIR, new CharTokenizer());
    assertEquals("^abCD$", CharTokenizer.text(example));
    assertEquals("...CD$", CharTokenizer.shown(example));
    assertEquals(3, example.learnedTokens());
  }

  @Test
  void endThatTheTokenizerPutsBehindThePromptIsTakenOff() {
    CharTokenizer closing = new CharTokenizer().closingSequences();
    assertEquals("^abCD$", CharTokenizer.text(row(PAIR, closing)));
    assertEquals("^ab$CD$", CharTokenizer.text(row(new PromptCompletion("ab$", "CD"), closing)));
    assertEquals("^CD$", CharTokenizer.text(row(new PromptCompletion("", "CD"), closing)));
  }

  @Test
  void endThatThePromptItselfSpellsOutStays() {
    PromptCompletion pair = new PromptCompletion("ab$", "CD");
    assertEquals("^ab$CD$", CharTokenizer.text(row(pair, new CharTokenizer())));
  }

  @Test
  void endThatTheCompletionSpellsOutIsNotDoubled() {
    assertEquals(
        "^abCD$", CharTokenizer.text(row(new PromptCompletion("ab", "CD$"), new CharTokenizer())));
  }

  @Test
  void tokenizerWithoutAnEndIsRefused() {
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> row(PAIR, new CharTokenizer().withoutEnd()));
    assertTrue(e.getMessage().contains("end-of-sequence"), e.getMessage());
  }

  @Test
  void rowsAreCutAtTheEnd() {
    InstructionDataset data =
        InstructionDataset.of(List.of(PAIR), new CharTokenizer()).maxLength(4).build();
    assertEquals("...C", CharTokenizer.shown(data.example(0)));
  }

  @Test
  void recordsWithNothingLeftToLearnAreSkippedAndCounted() {
    InstructionDataset data =
        InstructionDataset.of(
                List.of(new PromptCompletion("long prompt", "C"), PAIR), new CharTokenizer())
            .maxLength(6)
            .build();
    assertEquals(1, data.size());
    assertEquals(1, data.skippedRecords());
    assertEquals("...CD$", CharTokenizer.shown(data.example(0)));
  }

  @Test
  void nothingLeftAtAllIsAnError() {
    DatasetException e =
        assertThrows(
            DatasetException.class,
            () ->
                InstructionDataset.of(List.of(PAIR, PAIR), new CharTokenizer())
                    .maxLength(3)
                    .build());
    assertTrue(e.getMessage().contains("none of the 2 records"), e.getMessage());
    assertTrue(e.getMessage().contains("maxLength 3"), e.getMessage());
  }

  @Test
  void noRecordIsAnError() {
    assertThrows(
        DatasetException.class, () -> InstructionDataset.of(List.of(), new CharTokenizer()));
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    InstructionDatasetBuilder builder = InstructionDataset.of(List.of(PAIR), new CharTokenizer());
    assertThrows(ConfigurationException.class, () -> builder.maxLength(1));
    assertThrows(ConfigurationException.class, () -> builder.batchSize(0));
    assertThrows(ConfigurationException.class, () -> new LengthGroupedSampler(0, 1));
    InstructionDataset data = builder.build();
    assertThrows(ConfigurationException.class, () -> data.split(0, 1));
    assertThrows(ConfigurationException.class, () -> data.split(1, 1));
    assertThrows(ConfigurationException.class, () -> data.split(Double.NaN, 1));
    assertThrows(ConfigurationException.class, () -> data.split(0.5, 1));
  }

  @Test
  void limitTakesTheFirstRecords() {
    InstructionDataset data =
        InstructionDataset.of(pairs(10), new CharTokenizer()).optLimit(3).build();
    assertEquals(3, data.size());
    assertEquals(3, data.lengths().length);
  }

  @Test
  void splitIsDisjointCompleteAndRepeatable() {
    InstructionDataset data = InstructionDataset.of(pairs(50), new CharTokenizer()).build();
    InstructionDataset.Split split = data.split(0.2, 7);
    assertEquals(10, split.evaluation().size());
    List<Example> all = new ArrayList<>(split.train().examples());
    all.addAll(split.evaluation().examples());
    assertTrue(all.containsAll(data.examples()));
    assertEquals(50, all.size());
    assertTrue(Collections.disjoint(split.train().examples(), split.evaluation().examples()));
    assertEquals(split.train().examples(), data.split(0.2, 7).train().examples());
    assertFalse(split.train().examples().equals(data.split(0.2, 8).train().examples()));
  }

  @Test
  void bothPartsOfASplitHaveRows() {
    InstructionDataset data = InstructionDataset.of(pairs(2), new CharTokenizer()).build();
    assertEquals(1, data.split(0.01, 1).evaluation().size());
    assertEquals(1, data.split(0.99, 1).train().size());
  }

  @Test
  void builderCanBuildTwice() throws Exception {
    InstructionDatasetBuilder builder = InstructionDataset.of(pairs(10), new CharTokenizer());
    InstructionDataset first = builder.batchSize(2).build();
    InstructionDataset second = builder.batchSize(5).sequential().build();
    assertArrayEquals(first.lengths(), second.lengths());
    assertEquals(5, builder.getSampler().getBatchSize());
  }

  @Test
  void sequentialKeepsTheOrder() {
    InstructionDatasetBuilder builder =
        InstructionDataset.of(pairs(5), new CharTokenizer()).batchSize(2).sequential();
    InstructionDataset data = builder.build();
    List<Long> order = new ArrayList<>();
    builder.getSampler().sample(data).forEachRemaining(order::addAll);
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L), order);
  }
}
