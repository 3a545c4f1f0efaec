// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of a Hugging Face checkpoint, run by the native {@code tokenizers} library.
 *
 * <p>It never truncates nor pads, whatever {@code tokenizer.json} says: both belong to the data
 * set. Decoding keeps the text as it is ({@code clean_up_tokenization_spaces=False}).
 */
public final class HuggingFaceLlmTokenizer implements LlmTokenizer {
  // Said outright: DJL cuts at 512 tokens and pads unless told not to.
  private static final Map<String, String> PLAIN =
      Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "true");

  private final HuggingFaceTokenizer tokenizer;
  private final SpecialTokens specialTokens;
  private final @Nullable String templateSource;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private volatile @Nullable ChatTemplate template;
  private boolean closed;

  private HuggingFaceLlmTokenizer(
      HuggingFaceTokenizer tokenizer, SpecialTokens specialTokens, @Nullable String template) {
    this.tokenizer = tokenizer;
    this.specialTokens = specialTokens;
    this.templateSource = template;
  }

  /**
   * Opens the tokenizer of a checkpoint.
   *
   * <p>Reads {@code tokenizer.json}, which must be there, and what there is of {@code
   * tokenizer_config.json}, {@code special_tokens_map.json}, {@code chat_template.jinja}, {@code
   * generation_config.json} and {@code config.json}.
   *
   * @param modelDir the directory of the checkpoint
   * @return the tokenizer; the caller closes it
   * @throws CheckpointException if a file is missing or damaged; names the file and the field
   */
  public static HuggingFaceLlmTokenizer open(Path modelDir) {
    return open(new TokenizerFiles(modelDir));
  }

  /**
   * Opens the tokenizer in the metadata of a GGUF model.
   *
   * @param metadata that of the file
   * @return the tokenizer, which the caller closes; empty if it is none that can be taken over
   *     exactly
   * @throws CheckpointException if the metadata contradict each other
   */
  public static Optional<HuggingFaceLlmTokenizer> open(HuggingFaceConfig metadata) {
    return GgufTokenizer.of(metadata).map(HuggingFaceLlmTokenizer::open);
  }

  private static HuggingFaceLlmTokenizer open(TokenizerSource files) {
    HuggingFaceTokenizer tokenizer = openNative(files);
    try {
      SpecialTokens tokens = SpecialTokens.read(files, text -> ids(tokenizer, text, false));
      return new HuggingFaceLlmTokenizer(tokenizer, tokens, files.chatTemplate());
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  private static HuggingFaceTokenizer openNative(TokenizerSource files) {
    byte[] json = files.tokenizerJson();
    try {
      return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), PLAIN);
    } catch (IOException | RuntimeException e) {
      throw new CheckpointException(
          "%s: not a tokenizer: %s".formatted(files.tokenizerPath(), e.getMessage()), e);
    }
  }

  private static int[] ids(HuggingFaceTokenizer tokenizer, String text, boolean addSpecialTokens) {
    long[] ids = tokenizer.encode(text, addSpecialTokens, false).getIds();
    return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    return whileOpen(open -> ids(open, text, addSpecialTokens));
  }

  @Override
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    long[] ids = Arrays.stream(tokenIds).asLongStream().toArray();
    return whileOpen(open -> open.decode(ids, skipSpecialTokens));
  }

  /** The native tokenizer must not be freed under a running call. */
  private <T> T whileOpen(Function<HuggingFaceTokenizer, T> call) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      return call.apply(tokenizer);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public OptionalInt beginOfSequence() {
    return specialTokens.beginOfSequence();
  }

  @Override
  public OptionalInt endOfSequence() {
    return Arrays.stream(specialTokens.endOfSequence()).findFirst();
  }

  @Override
  public int[] endOfSequenceIds() {
    return specialTokens.endOfSequence().clone();
  }

  @Override
  public int padding() {
    return specialTokens.padding().orElse(endOfSequence().orElse(0));
  }

  @Override
  public boolean hasChatTemplate() {
    return templateSource != null;
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return template().render(messages, addGenerationPrompt, specialTokens.texts());
  }

  /** Compiled on first use: a template that cannot be does no harm to who never needs it. */
  private ChatTemplate template() {
    ChatTemplate compiled = template;
    if (compiled == null) {
      if (templateSource == null) {
        throw new ConfigurationException(
            "the checkpoint has no chat template: neither chat_template.jinja nor chat_template in"
                + " tokenizer_config.json; write the prompt out instead");
      }
      compiled = ChatTemplate.compile(templateSource);
      template = compiled;
    }
    return compiled;
  }

  /** Frees the native tokenizer, once running calls are done. Closing twice does no harm. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      tokenizer.close();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
