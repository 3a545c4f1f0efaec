// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** A token is a character; a conversation is a line a turn. */
final class TurnTokenizer implements LlmTokenizer {
  private static final int END = 2;

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    return text.chars().toArray();
  }

  @Override
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    return new String(tokenIds, 0, tokenIds.length);
  }

  @Override
  public OptionalInt beginOfSequence() {
    return OptionalInt.empty();
  }

  @Override
  public OptionalInt endOfSequence() {
    return OptionalInt.of(END);
  }

  @Override
  public int padding() {
    return 0;
  }

  @Override
  public boolean hasChatTemplate() {
    return true;
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return messages.stream()
        .map(message -> message.role() + ": " + message.content() + "\n")
        .collect(Collectors.joining("", "", addGenerationPrompt ? "assistant: " : ""));
  }

  @Override
  public void close() {}
}
