// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.ServedResult;
import java.util.List;
import java.util.Optional;

/** {@code text_completion}. */
final class CompletionWriter implements AnswerWriter {
  private final AnswerHeader header;
  private final LogprobWriter logprobs;
  private int textOffset;

  CompletionWriter(AnswerHeader header, LogprobWriter logprobs) {
    this.header = header;
    this.logprobs = logprobs;
  }

  @Override
  public JsonObject whole(ServedResult result) {
    JsonObject json = object();
    Choices.addFinished(
        json,
        "text",
        new JsonPrimitive(result.text()),
        logprobs.completion(result.tokens(), 0),
        result);
    json.add("usage", Choices.usage(result));
    return json;
  }

  @Override
  public Optional<JsonObject> opening() {
    return Optional.empty();
  }

  @Override
  public Optional<JsonObject> part(GeneratedToken token) {
    if (token.piece().isEmpty() && token.logprob().isEmpty()) {
      return Optional.empty();
    }
    JsonObject json = object();
    Choices.addUnfinished(
        json,
        "text",
        new JsonPrimitive(token.piece()),
        logprobs.completion(List.of(token), textOffset));
    textOffset += token.piece().length();
    return Optional.of(json);
  }

  @Override
  public JsonObject closing(ServedResult result) {
    JsonObject json = object();
    Choices.addFinished(json, "text", new JsonPrimitive(""), JsonNull.INSTANCE, result);
    return json;
  }

  @Override
  public JsonObject usage(ServedResult result) {
    return Choices.withoutChoice(object(), result);
  }

  private JsonObject object() {
    return header.toJson("cmpl-", "text_completion");
  }
}
