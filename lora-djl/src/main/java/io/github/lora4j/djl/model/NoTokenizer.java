// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.util.List;
import java.util.OptionalInt;

/** Stands in where token ids alone are handled and the checkpoint has no tokenizer. */
enum NoTokenizer implements LlmTokenizer {
  /** The only one. */
  INSTANCE;

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    throw new ConfigurationException("the checkpoint has no tokenizer");
  }

  @Override
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    return "";
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
    return false;
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    throw new ConfigurationException("the checkpoint has no tokenizer");
  }

  @Override
  public void close() {}
}
