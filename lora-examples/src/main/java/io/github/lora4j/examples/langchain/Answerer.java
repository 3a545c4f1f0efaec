// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.langchain;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.lora4j.CausalLm;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationConfigBuilder;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import java.util.List;

/** From a request of LangChain4j to the model's answer. */
final class Answerer {
  private final CausalLm model;
  private final ChatPrompt prompt;
  private final GenerationConfig defaults;

  Answerer(CausalLm model, ChatPrompt prompt, GenerationConfig defaults) {
    this.model = model;
    this.prompt = prompt;
    this.defaults = defaults.toBuilder().addSpecialTokens(prompt.addSpecialTokens()).build();
  }

  /** Generates; one request at a time, for a model is one thread's at a time. */
  ChatResponse answer(ChatRequest request, TokenListener listener) {
    List<ChatMessage> turns = request.messages().stream().map(Answerer::turn).toList();
    GenerationConfig config = config(request);
    synchronized (model) {
      return response(
          model.generate(List.of(prompt.layout().apply(turns)), config, listener).get(0));
    }
  }

  private static ChatMessage turn(dev.langchain4j.data.message.ChatMessage message) {
    return switch (message.type()) {
      case SYSTEM ->
          ChatMessage.system(((dev.langchain4j.data.message.SystemMessage) message).text());
      case USER ->
          ChatMessage.user(((dev.langchain4j.data.message.UserMessage) message).singleText());
      case AI -> ChatMessage.assistant(((AiMessage) message).text());
      default -> throw unsupported("messages of the type " + message.type());
    };
  }

  /** What the request says goes before the defaults. */
  private GenerationConfig config(ChatRequest request) {
    refuseWhatIsNotThere(request);
    GenerationConfigBuilder config = defaults.toBuilder();
    if (request.topP() != null) {
      config.topP(request.topP().floatValue());
    }
    if (request.topK() != null) {
      config.topK(request.topK());
    }
    if (request.maxOutputTokens() != null) {
      config.maxNewTokens(request.maxOutputTokens());
    }
    if (!request.stopSequences().isEmpty()) {
      config.stopStrings(request.stopSequences().toArray(String[]::new));
    }
    if (request.temperature() != null) {
      setTemperature(config, request.temperature());
    }
    return config.build();
  }

  /** To callers of LangChain4j 0 means the most likely token. */
  private static void setTemperature(GenerationConfigBuilder config, double temperature) {
    if (temperature == 0) {
      config.temperature(1).topK(1);
    } else {
      config.temperature((float) temperature);
    }
  }

  private static void refuseWhatIsNotThere(ChatRequest request) {
    if (!request.toolSpecifications().isEmpty()) {
      throw unsupported("tools");
    }
    if (request.responseFormat() != null) {
      throw unsupported("a response format");
    }
    if (request.frequencyPenalty() != null || request.presencePenalty() != null) {
      throw unsupported(
          "frequency and presence penalties; the default config may have a"
              + " repetition penalty");
    }
  }

  private static UnsupportedFeatureException unsupported(String what) {
    return new UnsupportedFeatureException("lora4j has no " + what);
  }

  private static ChatResponse response(GenerationResult result) {
    return ChatResponse.builder()
        .aiMessage(AiMessage.from(result.text()))
        .tokenUsage(new TokenUsage(result.promptTokens(), result.newTokens()))
        .finishReason(reason(result.finishReason()))
        .build();
  }

  private static FinishReason reason(io.github.lora4j.generate.FinishReason reason) {
    return switch (reason) {
      case LENGTH -> FinishReason.LENGTH;
      case STOP_STRING, END_OF_SEQUENCE -> FinishReason.STOP;
      case CANCELLED, DEADLINE -> FinishReason.OTHER;
    };
  }
}
