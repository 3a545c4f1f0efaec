// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.Prompt;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.StreamSupport;

/** Completions of a plain prompt. */
final class CompletionEndpoint implements Endpoint {
  @Override
  public GenerationCall read(RequestFields fields, AnswerLimits limits) {
    String model = fields.requiredString("model");
    Prompt prompt = prompt(fields.required("prompt", fields.any("prompt")));
    int maxTokens =
        fields
            .integer("max_tokens", 1, limits.most())
            .map(Long::intValue)
            .orElse(limits.forCompletion());
    Optional<Long> logprobs = fields.integer("logprobs", 0, GenerationRequest.MAX_TOP_LOGPROBS);
    GenerationCall.Delivery delivery = GenerationCall.delivery(fields);
    refuseOtherOutputs(fields);
    GenerationConfig config = SamplingFields.read(fields, maxTokens);
    fields.finish();
    return new GenerationCall(
        model,
        prompt,
        config,
        logprobs.map(count -> OptionalInt.of(count.intValue())).orElse(OptionalInt.empty()),
        delivery);
  }

  @Override
  public AnswerWriter writer(AnswerHeader header, LogprobWriter logprobs) {
    return new CompletionWriter(header, logprobs);
  }

  private static void refuseOtherOutputs(RequestFields fields) {
    if (fields.integer("best_of", 1, Integer.MAX_VALUE).orElse(1L) != 1) {
      throw SamplingFields.unsupported("best_of", "only best_of=1 is supported");
    }
    SamplingFields.refuseUnlessEmpty(fields, "echo");
    if (!fields.string("suffix").orElse("").isEmpty()) {
      throw SamplingFields.unsupported("suffix", "suffix is not supported; leave it out");
    }
  }

  /** A text, token ids, or a list of one of these. */
  private static Prompt prompt(JsonElement json) {
    if (!json.isJsonArray()) {
      return Prompt.text(notEmpty(RequestFields.asString(json, "prompt")));
    }
    JsonArray list = json.getAsJsonArray();
    if (list.isEmpty()) {
      throw empty();
    }
    if (list.get(0).isJsonPrimitive() && list.get(0).getAsJsonPrimitive().isNumber()) {
      return Prompt.tokens(ids(list));
    }
    if (list.size() > 1) {
      throw SamplingFields.unsupported(
          "prompt",
          "prompt must be one prompt, was %d; send a request each".formatted(list.size()));
    }
    JsonElement only = list.get(0);
    if (only.isJsonArray() && only.getAsJsonArray().isEmpty()) {
      throw empty();
    }
    return only.isJsonArray()
        ? Prompt.tokens(ids(only.getAsJsonArray()))
        : Prompt.text(notEmpty(RequestFields.asString(only, "prompt[0]")));
  }

  private static int[] ids(Iterable<JsonElement> list) {
    return StreamSupport.stream(list.spliterator(), false)
        .mapToInt(id -> SamplingFields.tokenId(id, "prompt"))
        .toArray();
  }

  private static String notEmpty(String prompt) {
    if (prompt.isEmpty()) {
      throw empty();
    }
    return prompt;
  }

  private static ApiException empty() {
    return new ApiException(ApiError.invalid("prompt", "prompt must not be empty"));
  }
}
