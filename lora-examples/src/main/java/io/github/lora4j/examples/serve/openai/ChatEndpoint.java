// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonElement;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Chat completions. */
final class ChatEndpoint implements Endpoint {
  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("parallel_tool_calls", "reasoning_effort", "verbosity");

  @Override
  public GenerationCall read(RequestFields fields, AnswerLimits limits) {
    String model = fields.requiredString("model");
    List<ChatMessage> messages = messages(fields);
    int maxTokens = maxTokens(fields, limits);
    OptionalInt logprobs = topLogprobs(fields);
    GenerationCall.Delivery delivery = GenerationCall.delivery(fields);
    refuseOtherOutputs(fields);
    fields.ignore(WITHOUT_EFFECT);
    GenerationConfig config = SamplingFields.read(fields, maxTokens);
    fields.finish();
    return new GenerationCall(model, Prompt.chat(messages), config, logprobs, delivery);
  }

  @Override
  public AnswerWriter writer(AnswerHeader header, LogprobWriter logprobs) {
    return new ChatWriter(header, logprobs);
  }

  private static int maxTokens(RequestFields fields, AnswerLimits limits) {
    Optional<Long> older = fields.integer("max_tokens", 1, limits.most());
    Optional<Long> newer = fields.integer("max_completion_tokens", 1, limits.most());
    return newer.or(() -> older).map(Long::intValue).orElse(limits.forChat());
  }

  private static OptionalInt topLogprobs(RequestFields fields) {
    boolean wanted = fields.flag("logprobs");
    Optional<Long> top = fields.integer("top_logprobs", 0, GenerationRequest.MAX_TOP_LOGPROBS);
    if (!wanted && top.orElse(0L) > 0) {
      throw new ApiException(ApiError.invalid("top_logprobs", "top_logprobs needs logprobs: true"));
    }
    return wanted ? OptionalInt.of(top.orElse(0L).intValue()) : OptionalInt.empty();
  }

  private static void refuseOtherOutputs(RequestFields fields) {
    for (String name : List.of("tools", "functions", "audio", "web_search_options", "prediction")) {
      SamplingFields.refuseUnlessEmpty(fields, name);
    }
    for (String choice : List.of("tool_choice", "function_call")) {
      fields
          .string(choice)
          .filter(value -> !value.equals("none") && !value.equals("auto"))
          .ifPresent(
              value -> {
                throw SamplingFields.unsupported(
                    choice, choice + " is not supported; leave it out");
              });
    }
    refuseUnless(fields, "response_format", "{\"type\":\"text\"}");
    refuseUnless(fields, "modalities", "[\"text\"]");
  }

  private static void refuseUnless(RequestFields fields, String name, String only) {
    fields
        .any(name)
        .filter(value -> !value.toString().equals(only))
        .ifPresent(
            value -> {
              throw SamplingFields.unsupported(name, "%s must be %s".formatted(name, only));
            });
  }

  private static List<ChatMessage> messages(RequestFields fields) {
    List<JsonElement> list = fields.required("messages", fields.list("messages"));
    if (list.isEmpty()) {
      throw new ApiException(
          ApiError.invalid("messages", "messages must hold at least one message"));
    }
    List<ChatMessage> messages = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      messages.add(message(list.get(i), "messages[%d]".formatted(i)));
    }
    return messages;
  }

  private static ChatMessage message(JsonElement json, String path) {
    RequestFields fields = RequestFields.of(json, path);
    String role = fields.requiredString("role");
    if (!ROLES.contains(role)) {
      throw new ApiException(
          ApiError.invalid(
              path + ".role",
              "%s.role must be system, developer, user or assistant, was \"%s\""
                  .formatted(path, ApiError.abbreviated(role))));
    }
    String content = content(fields.required("content", fields.any("content")), path + ".content");
    fields.ignore(Set.of("name", "refusal"));
    SamplingFields.refuseUnlessEmpty(fields, "tool_calls");
    fields.finish();
    return new ChatMessage(role.equals("developer") ? "system" : role, content);
  }

  /** A string, or a list of text parts. */
  private static String content(JsonElement content, String path) {
    if (!content.isJsonArray()) {
      return RequestFields.asString(content, path);
    }
    StringBuilder text = new StringBuilder();
    for (JsonElement element : content.getAsJsonArray()) {
      RequestFields part = RequestFields.of(element, path);
      String type = part.requiredString("type");
      if (!type.equals("text")) {
        throw SamplingFields.unsupported(
            path, "%s: only parts of type \"text\" are supported".formatted(path));
      }
      text.append(part.requiredString("text"));
    }
    return text.toString();
  }
}
