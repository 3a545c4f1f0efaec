// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** A tokenizer whose tokens are bytes, so that every character beyond ASCII is split. */
public final class ByteTokenizer implements LlmTokenizer {
  public static final int BEGIN = 256;
  public static final int END = 257;
  public static final int VOCABULARY = 258;

  private final OptionalInt begin;

  /** How many tokens decode was given in all. */
  long decoded;

  public ByteTokenizer() {
    this(OptionalInt.of(BEGIN));
  }

  ByteTokenizer(OptionalInt begin) {
    this.begin = begin;
  }

  public static int[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xFF).toArray();
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    return addSpecialTokens && begin.isPresent()
        ? IntStream.concat(IntStream.of(BEGIN), IntStream.of(bytes(text))).toArray()
        : bytes(text);
  }

  @Override
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    decoded += tokenIds.length;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : tokenIds) {
      if (id < BEGIN) {
        bytes.write(id);
      } else if (!skipSpecialTokens) {
        bytes.writeBytes((id == BEGIN ? "<s>" : "</s>").getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public OptionalInt beginOfSequence() {
    return begin;
  }

  @Override
  public OptionalInt endOfSequence() {
    return OptionalInt.of(END);
  }

  @Override
  public int padding() {
    return END;
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
