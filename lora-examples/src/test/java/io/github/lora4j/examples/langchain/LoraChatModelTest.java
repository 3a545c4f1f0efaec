// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.langchain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.examples.quickstart.Bundle;
import io.github.lora4j.generate.GenerationConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraChatModelTest {
  private static final String QUESTION = "What is the capital of France?";
  private static final GenerationConfig CONFIG =
      GenerationConfig.builder().maxNewTokens(12).build();

  @TempDir private static Path directory;
  private static CausalLm base;

  @BeforeAll
  static void load() {
    Bundle.copyTo(directory);
    base = HuggingFaceModel.load(directory.resolve(Bundle.MODEL));
  }

  @AfterAll
  static void close() {
    base.close();
  }

  private static LoraChatModel chatModel() {
    return new LoraChatModel(base, ChatPrompt.humanAssistant(), CONFIG);
  }

  /** What a handler was told. */
  private static final class Recorder implements StreamingChatResponseHandler {
    private final List<String> pieces = new ArrayList<>();
    private final boolean cancel;
    private Optional<ChatResponse> response = Optional.empty();
    private Optional<Throwable> error = Optional.empty();

    Recorder(boolean cancel) {
      this.cancel = cancel;
    }

    @Override
    public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
      pieces.add(piece.text());
      if (cancel) {
        context.streamingHandle().cancel();
      }
    }

    @Override
    public void onCompleteResponse(ChatResponse complete) {
      response = Optional.of(complete);
    }

    @Override
    public void onError(Throwable e) {
      error = Optional.of(e);
    }
  }

  private static Recorder stream(ChatRequest request, boolean cancel) {
    Recorder recorder = new Recorder(cancel);
    new LoraStreamingChatModel(base, ChatPrompt.humanAssistant(), CONFIG, Runnable::run)
        .chat(request, recorder);
    return recorder;
  }

  private static ChatRequest.Builder ask(String question) {
    return ChatRequest.builder().messages(UserMessage.from(question));
  }

  @Test
  void theModelAnswersAsItDoesWithoutLangChain() {
    assertEquals("Paris", chatModel().chat(QUESTION).strip());
  }

  @Test
  void aResponseCountsItsTokensAndSaysWhyItEnded() {
    ChatResponse whole = chatModel().chat(ask(QUESTION).build());
    assertEquals(FinishReason.STOP, whole.finishReason());
    assertTrue(whole.tokenUsage().inputTokenCount() > 5);
    ChatResponse cut = chatModel().chat(ask(QUESTION).maxOutputTokens(1).build());
    assertEquals(1, cut.tokenUsage().outputTokenCount());
    assertEquals(FinishReason.LENGTH, cut.finishReason());
  }

  @Test
  void temperatureZeroIsGreedy() {
    ChatRequest cold = ask(QUESTION).temperature(0.0).build();
    assertEquals(chatModel().chat(QUESTION), chatModel().chat(cold).aiMessage().text());
  }

  @Test
  void streamedPiecesAreTheAnswer() {
    Recorder recorder = stream(ask(QUESTION).build(), false);
    assertEquals(chatModel().chat(QUESTION), String.join("", recorder.pieces));
    assertEquals(chatModel().chat(QUESTION), recorder.response.orElseThrow().aiMessage().text());
  }

  @Test
  void aCancelledStreamEndsWithItsFirstPiece() {
    Recorder recorder = stream(ask("Repeat the words one two three four.").build(), true);
    assertEquals(1, recorder.pieces.size());
    assertEquals(FinishReason.OTHER, recorder.response.orElseThrow().finishReason());
  }

  @Test
  void anErrorReachesTheHandler() {
    Recorder recorder = stream(ask(QUESTION).temperature(-1.0).build(), false);
    assertInstanceOf(io.github.lora4j.ConfigurationException.class, recorder.error.orElseThrow());
  }

  @Test
  void toolsAreRefused() {
    ToolSpecification tool = ToolSpecification.builder().name("clock").build();
    ChatRequest request = ask(QUESTION).toolSpecifications(tool).build();
    assertThrows(UnsupportedFeatureException.class, () -> chatModel().chat(request));
  }

  @Test
  void aConversationReadsAsItWasTaught() {
    List<ChatMessage> turns =
        List.of(
            ChatMessage.system("Be brief."),
            ChatMessage.user("Hi"),
            ChatMessage.assistant("Hello"),
            ChatMessage.user("Bye"));
    assertEquals(
        "Be brief.\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Bye\n\nAssistant: ",
        ChatPrompt.humanAssistant().layout().apply(turns));
  }

  @Test
  void allThreeKindsOfMessagesAreTaken() {
    ChatRequest request =
        ChatRequest.builder()
            .messages(
                SystemMessage.from("Be brief."),
                UserMessage.from("Hello."),
                AiMessage.from("Hello."),
                UserMessage.from(QUESTION))
            .build();
    assertTrue(chatModel().chat(request).tokenUsage().inputTokenCount() > 15);
  }
}
