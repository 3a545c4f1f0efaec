// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.ServedResult;
import java.util.List;
import java.util.Optional;

/** {@code chat.completion} and {@code chat.completion.chunk}. */
final class ChatWriter implements AnswerWriter {
  private final AnswerHeader header;
  private final LogprobWriter logprobs;

  ChatWriter(AnswerHeader header, LogprobWriter logprobs) {
    this.header = header;
    this.logprobs = logprobs;
  }

  @Override
  public JsonObject whole(ServedResult result) {
    JsonObject json = header.toJson("chatcmpl-", "chat.completion");
    JsonObject message = message("assistant", result.text());
    message.add("refusal", JsonNull.INSTANCE);
    Choices.addFinished(json, "message", message, logprobs.chat(result.tokens()), result);
    json.add("usage", Choices.usage(result));
    return json;
  }

  @Override
  public Optional<JsonObject> opening() {
    JsonObject json = chunk();
    Choices.addUnfinished(json, "delta", message("assistant", ""), JsonNull.INSTANCE);
    return Optional.of(json);
  }

  @Override
  public Optional<JsonObject> part(GeneratedToken token) {
    if (token.piece().isEmpty() && token.logprob().isEmpty()) {
      return Optional.empty();
    }
    JsonObject json = chunk();
    JsonObject delta = new JsonObject();
    delta.addProperty("content", token.piece());
    Choices.addUnfinished(json, "delta", delta, logprobs.chat(List.of(token)));
    return Optional.of(json);
  }

  @Override
  public JsonObject closing(ServedResult result) {
    JsonObject json = chunk();
    Choices.addFinished(json, "delta", new JsonObject(), JsonNull.INSTANCE, result);
    return json;
  }

  @Override
  public JsonObject usage(ServedResult result) {
    return Choices.withoutChoice(chunk(), result);
  }

  private JsonObject chunk() {
    return header.toJson("chatcmpl-", "chat.completion.chunk");
  }

  private static JsonObject message(String role, String content) {
    JsonObject message = new JsonObject();
    message.addProperty("role", role);
    message.addProperty("content", content);
    return message;
  }
}
