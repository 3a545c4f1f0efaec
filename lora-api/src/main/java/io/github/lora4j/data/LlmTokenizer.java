// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.List;
import java.util.OptionalInt;

/**
 * Text to token ids and back, with the special tokens and the chat template of one checkpoint
 * ({@code tokenizer.json} and {@code tokenizer_config.json}). Implementations may be used from
 * several threads.
 */
public interface LlmTokenizer extends AutoCloseable {
  /**
   * Encodes text.
   *
   * @param text the text
   * @param addSpecialTokens whether the tokenizer's post-processor may add its tokens (for example
   *     a beginning-of-sequence token)
   * @return the token ids
   */
  int[] encode(String text, boolean addSpecialTokens);

  /**
   * Decodes token ids.
   *
   * @param tokenIds the ids
   * @param skipSpecialTokens whether special tokens are left out of the text
   * @return the text; bytes that are not valid UTF-8 become U+FFFD
   */
  String decode(int[] tokenIds, boolean skipSpecialTokens);

  /**
   * The token that begins a sequence.
   *
   * @return its id, or empty if the checkpoint names none
   */
  OptionalInt beginOfSequence();

  /**
   * The token that ends a sequence.
   *
   * @return its id, or empty if the checkpoint names none
   */
  OptionalInt endOfSequence();

  /**
   * All tokens at which generation stops ({@code eos_token_id} of {@code generation_config.json}
   * may name several).
   *
   * @return their ids, that of {@link #endOfSequence} first; empty if the checkpoint names none
   */
  default int[] endOfSequenceIds() {
    OptionalInt id = endOfSequence();
    return id.isPresent() ? new int[] {id.getAsInt()} : new int[0];
  }

  /**
   * The token that fills rows of unequal length.
   *
   * @return its id; the end-of-sequence token, or 0, where the checkpoint names none
   */
  int padding();

  /**
   * Whether the checkpoint has a chat template.
   *
   * @return true if {@link #applyChatTemplate} may be called
   */
  boolean hasChatTemplate();

  /**
   * Renders a conversation by the checkpoint's chat template (transformers: {@code
   * apply_chat_template(tokenize=False)}).
   *
   * @param messages the turns, oldest first
   * @param addGenerationPrompt whether to end with the opening of the assistant's turn
   * @return the text to encode with {@code addSpecialTokens} false
   * @throws io.github.lora4j.ConfigurationException if there is no template, or it refuses the
   *     conversation; the message is the template's own
   */
  String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt);

  @Override
  void close();
}
