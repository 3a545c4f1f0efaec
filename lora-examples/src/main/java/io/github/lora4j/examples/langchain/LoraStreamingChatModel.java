// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.langchain;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.github.lora4j.CausalLm;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.TokenListener;
import java.util.concurrent.Executor;

/**
 * {@link LoraChatModel} piece by piece. A handler that cancels its handle ends the generation with
 * the next token.
 */
public final class LoraStreamingChatModel implements StreamingChatModel {
  private final Answerer answerer;
  private final Executor executor;

  /**
   * Creates the chat model.
   *
   * @param model what answers
   * @param prompt how a conversation reads
   * @param config what to sample and when to stop, where a request says nothing
   * @param executor generates and calls the handlers; one thread is enough, as the model works for
   *     one at a time
   */
  public LoraStreamingChatModel(
      CausalLm model, ChatPrompt prompt, GenerationConfig config, Executor executor) {
    answerer = new Answerer(model, prompt, config);
    this.executor = executor;
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    executor.execute(() -> stream(request, handler));
  }

  private void stream(ChatRequest request, StreamingChatResponseHandler handler) {
    try {
      handler.onCompleteResponse(answerer.answer(request, listener(handler)));
    } catch (RuntimeException e) {
      handler.onError(e);
    }
  }

  private static TokenListener listener(StreamingChatResponseHandler handler) {
    Cancellation cancellation = new Cancellation();
    PartialResponseContext context = new PartialResponseContext(cancellation);
    return (sequence, token, piece) -> {
      if (!piece.isEmpty()) {
        handler.onPartialResponse(new PartialResponse(piece), context);
      }
      return !cancellation.isCancelled();
    };
  }

  private static final class Cancellation implements StreamingHandle {
    private volatile boolean cancelled;

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }
  }
}
