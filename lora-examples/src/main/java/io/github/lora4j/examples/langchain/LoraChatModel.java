// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.langchain;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.lora4j.CausalLm;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.TokenListener;

/**
 * A {@link ChatModel} over a model in this process, with the adapter that is active at each
 * request.
 *
 * <p>The model stays the caller's, to be closed after the last request. Requests of several threads
 * wait for each other. Temperature, topP, topK, the number of tokens and stop sequences of a
 * request go before those of the config; tools and response formats are refused.
 */
public final class LoraChatModel implements ChatModel {
  private final Answerer answerer;

  /**
   * Creates the chat model.
   *
   * @param model what answers
   * @param prompt how a conversation reads
   * @param config what to sample and when to stop, where a request says nothing
   */
  public LoraChatModel(CausalLm model, ChatPrompt prompt, GenerationConfig config) {
    answerer = new Answerer(model, prompt, config);
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    return answerer.answer(request, TokenListener.silent());
  }
}
