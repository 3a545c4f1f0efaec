// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.serve.Prompt;
import java.util.Optional;

/** Makes token ids of prompts, so that their length is known before they wait in a queue. */
final class PromptTokens {
  private final LlmTokenizer tokenizer;
  private final int most;

  PromptTokens(LlmTokenizer tokenizer, int most) {
    this.tokenizer = tokenizer;
    this.most = most;
  }

  /**
   * Encodes a prompt.
   *
   * @throws ApiException with status 400 if it is too long or the chat template refuses it
   */
  Prompt.Tokens encode(Prompt prompt) {
    Prompt.Tokens tokens = tokens(prompt);
    if (tokens.ids().size() > most) {
      throw new ApiException(
          new ApiError(
              400,
              "invalid_request_error",
              Optional.of("context_length_exceeded"),
              Optional.empty(),
              "The prompt is too long: at most %d tokens are taken, this one has %d"
                  .formatted(most, tokens.ids().size())));
    }
    return tokens;
  }

  private Prompt.Tokens tokens(Prompt prompt) {
    if (prompt instanceof Prompt.Tokens tokens) {
      return tokens;
    }
    try {
      int[] ids =
          prompt instanceof Prompt.Chat chat
              ? tokenizer.encode(tokenizer.applyChatTemplate(chat.messages(), true), false)
              : tokenizer.encode(((Prompt.Text) prompt).text(), true);
      return (Prompt.Tokens) Prompt.tokens(ids);
    } catch (ConfigurationException e) {
      throw new ApiException(ApiError.invalid(String.valueOf(e.getMessage())));
    }
  }
}
