// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PromptTemplateTest {
  @Test
  void humanAssistantStripsWhatPythonStrips() {
    PromptTemplate template = PromptTemplate.humanAssistant();
    assertEquals("Human: Add.\n1 and 2\n\nAssistant: ", template.prompt("Add.", "1 and 2"));
    assertEquals("Human: Add.\n\nAssistant: ", template.prompt("Add.", ""));
    assertEquals(
        "Human: Add.\n\nAssistant: ", template.prompt("Add. ", "\u00a0\u0085\u3000\u001f"));
    assertEquals("Human:\n\nAssistant: ", template.prompt("", ""));
  }

  @Test
  void alpacaHasOneWordingWithInputAndOneWithout() {
    assertEquals(
        """
        Below is an instruction that describes a task, paired with an input that provides further \
        context. Write a response that appropriately completes the request.

        ### Instruction:
        Add.

        ### Input:
        1 and 2

        ### Response:""",
        PromptTemplate.alpaca().prompt("Add.", "1 and 2"));
    assertEquals(
        """
        Below is an instruction that describes a task. Write a response that appropriately \
        completes the request.

        ### Instruction:
        Add.

        ### Response:""",
        PromptTemplate.alpaca().prompt("Add.", ""));
  }

  @Test
  void formatFillsPlaceholdersOnceAndKeepsOtherBraces() {
    PromptTemplate template = PromptTemplate.format("{ {instruction} } $1 {input}: ");
    PromptCompletion pair = template.apply(new InstructionRecord("{input}\\$0", "x", "out"));
    assertEquals("{ {input}\\$0 } $1 x: ", pair.prompt());
    assertEquals("out", pair.completion());
    assertTrue(pair.addSpecialTokens());
  }

  @ParameterizedTest
  @ValueSource(strings = {"no placeholder", "{input}", "{instruction} {output}"})
  void formatThatCannotWorkIsRefused(String format) {
    assertThrows(ConfigurationException.class, () -> PromptTemplate.format(format));
  }

  @Test
  void chatSplitsTheRenderedConversation() {
    CharTokenizer tokenizer = new CharTokenizer();
    PromptTemplate template = PromptTemplate.chat(tokenizer);
    assertEquals("<user>Add.\n1 and 2$<assistant>", template.prompt("Add.", "1 and 2"));
    assertEquals(
        new PromptCompletion("<user>Add.$<assistant>", "3$", false),
        template.apply(new InstructionRecord("Add.", "", "3")));
  }

  @Test
  void chatRowsEndOnceAndCarryNoTokensOfTheTokenizer() {
    CharTokenizer tokenizer = new CharTokenizer();
    Example example =
        InstructionDataset.of(List.of(new InstructionRecord("Q", "", "A")), tokenizer)
            .template(PromptTemplate.chat(tokenizer))
            .build()
            .example(0);
    assertEquals("<user>Q$<assistant>A$", CharTokenizer.text(example));
    assertEquals("...................A$", CharTokenizer.shown(example));
  }
}
