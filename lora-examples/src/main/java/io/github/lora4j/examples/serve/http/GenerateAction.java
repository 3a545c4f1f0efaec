// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.AdapterException;
import io.github.lora4j.examples.serve.openai.AnswerHeader;
import io.github.lora4j.examples.serve.openai.AnswerLimits;
import io.github.lora4j.examples.serve.openai.AnswerWriter;
import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.examples.serve.openai.Endpoint;
import io.github.lora4j.examples.serve.openai.GenerationCall;
import io.github.lora4j.examples.serve.openai.LogprobWriter;
import io.github.lora4j.examples.serve.openai.RequestFields;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.ServedGeneration;
import java.time.Instant;
import java.util.Optional;

/** Reads a request, hands it to the server and sends the answer. */
final class GenerateAction implements Action {
  private final Endpoint endpoint;
  private final LoraServer server;
  private final ServedModels models;
  private final HttpLimits limits;
  private final PromptTokens prompts;
  private final LogprobWriter logprobs;

  GenerateAction(Endpoint endpoint, LoraServer server, ServedModels models, HttpLimits limits) {
    this.endpoint = endpoint;
    this.server = server;
    this.models = models;
    this.limits = limits;
    prompts = new PromptTokens(server.tokenizer(), limits.promptTokens());
    logprobs = new LogprobWriter(server.tokenizer());
  }

  @Override
  public void handle(Exchange exchange, String body) {
    GenerationCall call =
        endpoint.read(RequestFields.parse(body), new AnswerLimits(limits.answerTokens()));
    ServedGeneration generation = submit(call, models.adapter(exchange.tenant(), call.model()));
    exchange.atEnd(generation::cancel);
    delivery(call, writer(exchange, call)).deliver(exchange, generation);
  }

  private ServedGeneration submit(GenerationCall call, Optional<String> adapter) {
    try {
      return server.submit(
          new GenerationRequest(
              prompts.encode(call.prompt()),
              adapter,
              call.config(),
              Optional.of(limits.requestTime()),
              call.topLogprobs()));
    } catch (AdapterException e) {
      // Unloaded since it was looked up.
      throw new ApiException(ApiError.noSuchModel(call.model()));
    }
  }

  private AnswerWriter writer(Exchange exchange, GenerationCall call) {
    return endpoint.writer(
        new AnswerHeader(exchange.id(), Instant.now().getEpochSecond(), call.model()), logprobs);
  }

  private static Delivery delivery(GenerationCall call, AnswerWriter writer) {
    return switch (call.delivery()) {
      case WHOLE -> new WholeDelivery(writer);
      case STREAM -> new StreamDelivery(writer, false);
      case STREAM_WITH_USAGE -> new StreamDelivery(writer, true);
    };
  }
}
