// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** LangChain4j's client of OpenAI's interface. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LangChain4jClientTest {
  private final Fixture fixture = new Fixture();

  @AfterAll
  void close() {
    fixture.close();
  }

  private OpenAiChatModel.OpenAiChatModelBuilder model() {
    return OpenAiChatModel.builder()
        .baseUrl(fixture.uri("/v1").toString())
        .apiKey("none")
        .modelName("acme-french")
        .maxRetries(0)
        .temperature(0.0);
  }

  @Test
  void itChats() {
    ChatResponse response =
        model()
            .maxCompletionTokens(14)
            .build()
            .chat(List.of(SystemMessage.from("S"), UserMessage.from("Hi")));
    assertEquals("acme-french|s:", response.aiMessage().text());
    assertEquals(FinishReason.LENGTH, response.finishReason());
    assertEquals(24, response.tokenUsage().totalTokenCount());
  }

  @Test
  void itStreams() throws Exception {
    StringBuilder pieces = new StringBuilder();
    CompletableFuture<ChatResponse> done = new CompletableFuture<>();
    OpenAiStreamingChatModel.builder()
        .baseUrl(fixture.uri("/v1").toString())
        .apiKey("none")
        .modelName("acme-german")
        .maxCompletionTokens(14)
        .stop(List.of("Hi"))
        .build()
        .chat(
            "Hi",
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String piece) {
                pieces.append(piece);
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                done.complete(response);
              }

              @Override
              public void onError(Throwable error) {
                done.completeExceptionally(error);
              }
            });
    ChatResponse response = done.get(20, TimeUnit.SECONDS);
    assertEquals("acme-german|u:", pieces.toString());
    assertEquals(pieces.toString(), response.aiMessage().text());
    assertEquals(14, response.tokenUsage().outputTokenCount());
  }

  @Test
  void itUnderstandsErrors() {
    assertThrows(
        ModelNotFoundException.class, () -> model().modelName("nobody").build().chat("Hi"));
    InvalidRequestException penalty =
        assertThrows(
            InvalidRequestException.class, () -> model().presencePenalty(0.5).build().chat("Hi"));
    assertTrue(penalty.getMessage().contains("presence_penalty is not supported"));
  }
}
