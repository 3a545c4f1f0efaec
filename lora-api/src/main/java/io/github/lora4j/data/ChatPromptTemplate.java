// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import io.github.lora4j.ConfigurationException;
import java.util.List;

/** An instruction as one exchange in the format of the checkpoint's chat template. */
final class ChatPromptTemplate implements PromptTemplate {
  private final LlmTokenizer tokenizer;

  ChatPromptTemplate(LlmTokenizer tokenizer) {
    if (!tokenizer.hasChatTemplate()) {
      throw new ConfigurationException(
          "PromptTemplate.chat: the checkpoint has no chat template; use another template, such as"
              + " PromptTemplate.alpaca()");
    }
    this.tokenizer = tokenizer;
  }

  @Override
  public String prompt(String instruction, String input) {
    return tokenizer.applyChatTemplate(List.of(question(instruction, input)), true);
  }

  @Override
  public PromptCompletion apply(InstructionRecord record) {
    ChatMessage question = question(record.instruction(), record.input());
    RenderedConversation rendered =
        RenderedConversation.of(
            Conversation.of(question, ChatMessage.assistant(record.output())), tokenizer);
    RenderedConversation.Span answer = rendered.learned().get(0);
    return new PromptCompletion(
        rendered.text().substring(0, answer.start()),
        rendered.text().substring(answer.start()),
        false);
  }

  private static ChatMessage question(String instruction, String input) {
    return ChatMessage.user(input.isEmpty() ? instruction : instruction + "\n" + input);
  }
}
