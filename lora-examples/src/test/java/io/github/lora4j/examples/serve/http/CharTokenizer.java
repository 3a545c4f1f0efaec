// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.util.List;
import java.util.OptionalInt;

/** A token is a character. */
final class CharTokenizer implements LlmTokenizer {
  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    return text.codePoints().toArray();
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
    return OptionalInt.empty();
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
    StringBuilder text = new StringBuilder();
    messages.forEach(
        message -> text.append(message.role().charAt(0)).append(':').append(message.content()));
    return text.append(" a:").toString();
  }

  @Override
  public void close() {}
}
