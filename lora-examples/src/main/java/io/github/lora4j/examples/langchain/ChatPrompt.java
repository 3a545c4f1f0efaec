// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.langchain;

import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How a conversation reads as a prompt: as it did when the model, or its adapter, was trained.
 *
 * @param layout from the turns, oldest first, to the text that the model continues
 * @param addSpecialTokens whether the tokenizer may add its tokens to that text
 */
public record ChatPrompt(Layout layout, boolean addSpecialTokens) {
  /** From turns to text. */
  @FunctionalInterface
  public interface Layout {
    /**
     * Lays out a conversation.
     *
     * @param turns the turns, oldest first
     * @return the text, up to where the assistant speaks
     */
    String apply(List<ChatMessage> turns);
  }

  /**
   * The checkpoint's own chat template.
   *
   * @param tokenizer of the model
   * @return the prompt; the template's text holds its special tokens already
   */
  public static ChatPrompt template(LlmTokenizer tokenizer) {
    return new ChatPrompt(turns -> tokenizer.applyChatTemplate(turns, true), false);
  }

  /**
   * {@code Human: …}, {@code Assistant: …}, as {@link
   * io.github.lora4j.data.PromptTemplate#humanAssistant} has it; a system message comes first, as
   * it is.
   *
   * @return the prompt
   */
  public static ChatPrompt humanAssistant() {
    return new ChatPrompt(
        turns ->
            turns.stream().map(ChatPrompt::speech).collect(Collectors.joining("\n\n"))
                + "\n\nAssistant: ",
        true);
  }

  private static String speech(ChatMessage turn) {
    return switch (turn.role()) {
      case "user" -> "Human: " + turn.content().strip();
      case "assistant" -> "Assistant: " + turn.content().strip();
      default -> turn.content().strip();
    };
  }
}
