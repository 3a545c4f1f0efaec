// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.TokenLogprob;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Log-probabilities in the two shapes that OpenAI has for them; null where none were asked for. */
public final class LogprobWriter {
  private static final String INCOMPLETE = "\uFFFD";

  /** What OpenAI writes for a token that cannot come: JSON has no infinity. */
  private static final double LEAST = -9999;

  private final LlmTokenizer tokenizer;

  /**
   * Creates a writer.
   *
   * @param tokenizer says how a token reads
   */
  public LogprobWriter(LlmTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** {@code {"content": [{token, logprob, bytes, top_logprobs}]}}. */
  JsonElement chat(List<GeneratedToken> tokens) {
    if (tokens.isEmpty() || tokens.get(0).logprob().isEmpty()) {
      return JsonNull.INSTANCE;
    }
    JsonArray content = new JsonArray();
    for (GeneratedToken token : tokens) {
      JsonObject entry = entry(text(token.id()), token.logprob().orElseThrow());
      JsonArray top = new JsonArray();
      token.top().forEach(other -> top.add(entry(other.text(), other.logprob())));
      entry.add("top_logprobs", top);
      content.add(entry);
    }
    JsonObject json = new JsonObject();
    json.add("content", content);
    json.add("refusal", JsonNull.INSTANCE);
    return json;
  }

  /** {@code {"tokens", "token_logprobs", "top_logprobs", "text_offset"}}, a list each. */
  JsonElement completion(List<GeneratedToken> tokens, int offset) {
    if (tokens.isEmpty() || tokens.get(0).logprob().isEmpty()) {
      return JsonNull.INSTANCE;
    }
    JsonArray texts = new JsonArray();
    JsonArray chosen = new JsonArray();
    JsonArray tops = new JsonArray();
    JsonArray offsets = new JsonArray();
    int at = offset;
    for (GeneratedToken token : tokens) {
      texts.add(text(token.id()));
      chosen.add(finite(token.logprob().orElseThrow()));
      tops.add(byText(token.top()));
      offsets.add(at);
      at += token.piece().length();
    }
    JsonObject json = new JsonObject();
    json.add("tokens", texts);
    json.add("token_logprobs", chosen);
    json.add("top_logprobs", tops);
    json.add("text_offset", offsets);
    return json;
  }

  private static JsonObject byText(List<TokenLogprob> top) {
    JsonObject json = new JsonObject();
    top.forEach(token -> json.addProperty(token.text(), finite(token.logprob())));
    return json;
  }

  private static JsonObject entry(String text, double logprob) {
    JsonObject json = new JsonObject();
    json.addProperty("token", text);
    json.addProperty("logprob", finite(logprob));
    json.add("bytes", bytes(text));
    return json;
  }

  private static double finite(double logprob) {
    return Math.max(logprob, LEAST);
  }

  /** Null for a token that is a part of a character: its text does not say which bytes it has. */
  private static JsonElement bytes(String text) {
    if (text.contains(INCOMPLETE)) {
      return JsonNull.INSTANCE;
    }
    JsonArray bytes = new JsonArray();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(value & 0xff);
    }
    return bytes;
  }

  private String text(int id) {
    return tokenizer.decode(new int[] {id}, false);
  }
}
