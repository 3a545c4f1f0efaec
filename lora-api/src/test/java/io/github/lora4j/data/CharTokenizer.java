// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import io.github.lora4j.ConfigurationException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** One token a character; {@code ^} begins a sequence, {@code $} ends it, {@code _} pads. */
final class CharTokenizer implements LlmTokenizer {
  private BiFunction<List<ChatMessage>, Boolean, String> chatTemplate = CharTokenizer::plain;
  private boolean closesSequences;
  private boolean hasEnd = true;

  /** Renders conversations by the given template. */
  CharTokenizer chatTemplate(BiFunction<List<ChatMessage>, Boolean, String> template) {
    this.chatTemplate = template;
    return this;
  }

  /** Adds the end to whatever is encoded with special tokens, as some post-processors do. */
  CharTokenizer closingSequences() {
    this.closesSequences = true;
    return this;
  }

  CharTokenizer withoutEnd() {
    this.hasEnd = false;
    return this;
  }

  static String plain(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return messages.stream()
            .map(m -> "<" + m.role() + ">" + m.content() + "$")
            .collect(Collectors.joining())
        + (addGenerationPrompt ? "<assistant>" : "");
  }

  static String refuse(List<ChatMessage> messages, boolean addGenerationPrompt) {
    throw new ConfigurationException("refused");
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    return (addSpecialTokens ? "^" + text + (closesSequences ? "$" : "") : text).chars().toArray();
  }

  @Override
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    return Arrays.stream(tokenIds).mapToObj(Character::toString).collect(Collectors.joining());
  }

  @Override
  public OptionalInt beginOfSequence() {
    return OptionalInt.of('^');
  }

  @Override
  public OptionalInt endOfSequence() {
    return hasEnd ? OptionalInt.of('$') : OptionalInt.empty();
  }

  @Override
  public int padding() {
    return '_';
  }

  @Override
  public boolean hasChatTemplate() {
    return true;
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return chatTemplate.apply(messages, addGenerationPrompt);
  }

  @Override
  public void close() {}

  /** The learned part of a row as text, a dot for each token that is not learned. */
  static String shown(Example example) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < example.length(); i++) {
      shown.append(example.labels()[i] == Example.IGNORED ? '.' : (char) example.inputIds()[i]);
    }
    return shown.toString();
  }

  static String text(Example example) {
    return Arrays.stream(example.inputIds())
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }
}
