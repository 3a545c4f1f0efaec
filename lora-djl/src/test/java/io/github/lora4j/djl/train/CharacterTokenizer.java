// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.util.List;
import java.util.OptionalInt;

/** A token is an ASCII character; 2 ends a sequence. Fits the golden models' vocabulary of 131. */
final class CharacterTokenizer implements LlmTokenizer {
  static final int END = 2;

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
    return 3;
  }

  @Override
  public boolean hasChatTemplate() {
    return false;
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
