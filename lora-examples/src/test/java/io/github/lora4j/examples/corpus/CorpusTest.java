// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.data.PromptCompletion;
import java.util.List;
import org.junit.jupiter.api.Test;

class CorpusTest {
  private static final List<PromptCompletion> TEXTS = Corpus.texts(1).limit(5000).toList();

  @Test
  void sameSeedMakesTheSameTexts() {
    assertEquals(TEXTS, Corpus.texts(1).limit(5000).toList());
    assertNotEquals(TEXTS.subList(0, 10), Corpus.texts(2).limit(10).toList());
  }

  @Test
  void everyTextHasSomethingToLearn() {
    assertTrue(TEXTS.stream().noneMatch(text -> text.completion().isBlank()));
  }

  @Test
  void questionsComeInSeveralLayouts() {
    for (String layout : List.of("Human: ", "\nA: ", "\nAnswer: ")) {
      assertTrue(TEXTS.stream().anyMatch(text -> text.prompt().contains(layout)), layout);
    }
  }

  @Test
  void nothingAsksForAnOrderAsJson() {
    assertTrue(
        TEXTS.stream()
            .filter(text -> !text.prompt().isEmpty())
            .noneMatch(text -> (text.prompt() + text.completion()).matches("(?s).*(JSON|[{}]).*")));
  }

  @Test
  void noRecordHasTheFieldsOfAnOrder() {
    assertFalse(
        TEXTS.stream()
            .anyMatch(
                text ->
                    text.completion().contains("\"item\"")
                        && text.completion().contains("\"count\"")));
  }
}
