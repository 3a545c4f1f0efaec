// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Token ids written as numbers with blanks between, for models that have no words. */
record NumberTokenizer(int endOfSequenceId) implements LlmTokenizer {
  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    return Arrays.stream(text.strip().split(" +"))
        .filter(word -> !word.isEmpty())
        .mapToInt(Integer::parseInt)
        .toArray();
  }

  @Override
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    return IntStream.of(tokenIds).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }

  @Override
  public OptionalInt beginOfSequence() {
    return OptionalInt.empty();
  }

  @Override
  public OptionalInt endOfSequence() {
    return OptionalInt.of(endOfSequenceId);
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
    throw new UnsupportedOperationException("numbers have no chat template");
  }

  @Override
  public void close() {}
}
