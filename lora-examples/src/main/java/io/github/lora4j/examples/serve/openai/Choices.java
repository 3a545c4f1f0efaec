// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.serve.ServedResult;

/** What the answers of both endpoints have in common. */
final class Choices {
  private Choices() {}

  /** Adds the one choice that an answer has, with the reasons of an answer that goes on. */
  static void addUnfinished(
      JsonObject json, String member, JsonElement text, JsonElement logprobs) {
    JsonObject choice = choice(member, text, logprobs);
    choice.add("finish_reason", JsonNull.INSTANCE);
    add(json, choice);
  }

  /** Adds the one choice that an answer has, with the reasons why it ended. */
  static void addFinished(
      JsonObject json, String member, JsonElement text, JsonElement logprobs, ServedResult result) {
    JsonObject choice = choice(member, text, logprobs);
    FinishReason reason = result.result().finishReason();
    choice.addProperty("finish_reason", word(reason));
    if (reason == FinishReason.DEADLINE) {
      // vLLM's field for what OpenAI has no word for.
      choice.addProperty("stop_reason", "deadline");
    }
    add(json, choice);
  }

  /** Makes a part of no choice, with the numbers of tokens. */
  static JsonObject withoutChoice(JsonObject json, ServedResult result) {
    json.add("choices", new JsonArray());
    json.add("usage", usage(result));
    return json;
  }

  /** The numbers of tokens. */
  static JsonObject usage(ServedResult result) {
    int prompt = result.result().promptTokens();
    int completion = result.result().newTokens();
    JsonObject json = new JsonObject();
    json.addProperty("prompt_tokens", prompt);
    json.addProperty("completion_tokens", completion);
    json.addProperty("total_tokens", prompt + completion);
    return json;
  }

  private static JsonObject choice(String member, JsonElement text, JsonElement logprobs) {
    JsonObject choice = new JsonObject();
    choice.addProperty("index", 0);
    choice.add(member, text);
    choice.add("logprobs", logprobs);
    return choice;
  }

  private static void add(JsonObject json, JsonObject choice) {
    JsonArray choices = new JsonArray();
    choices.add(choice);
    json.add("choices", choices);
  }

  private static String word(FinishReason reason) {
    return switch (reason) {
      case STOP_STRING, END_OF_SEQUENCE -> "stop";
      case LENGTH, DEADLINE, CANCELLED -> "length";
    };
  }
}
