// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonElement;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationConfigBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The fields that say how tokens are chosen and when to stop: OpenAI's, and those of vLLM that this
 * library knows too ({@code top_k}, {@code min_p}, {@code repetition_penalty}, {@code min_tokens},
 * {@code ignore_eos}, {@code stop_token_ids}).
 */
final class SamplingFields {
  private static final int MAX_STOPS = 16;
  private static final int MAX_STOP_LENGTH = 256;

  /** Who asks and what the provider may keep: nothing here is kept. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key");

  private SamplingFields() {}

  /**
   * Reads them.
   *
   * @param fields the request
   * @param maxTokens the most tokens of the answer
   * @return the configuration
   * @throws ApiException with status 400 naming the field that is wrong or not supported
   */
  static GenerationConfig read(RequestFields fields, int maxTokens) {
    refuseUnsupported(fields);
    fields.ignore(WITHOUT_EFFECT);
    GenerationConfigBuilder builder = GenerationConfig.builder().maxNewTokens(maxTokens);
    readDistribution(fields, builder);
    readEnd(fields, builder);
    fields
        .number("repetition_penalty", 0.01, 100)
        .ifPresent(penalty -> builder.repetitionPenalty(penalty.floatValue()));
    long seed =
        fields
            .integer("seed", Long.MIN_VALUE, Long.MAX_VALUE)
            .orElseGet(() -> ThreadLocalRandom.current().nextLong());
    try {
      return builder.seed(seed).build();
    } catch (ConfigurationException e) {
      throw new ApiException(ApiError.invalid(String.valueOf(e.getMessage())));
    }
  }

  /** Temperature 0 is greedy decoding; without one it is 1. */
  private static void readDistribution(RequestFields fields, GenerationConfigBuilder builder) {
    float temperature = fields.number("temperature", 0, 2).orElse(1.0).floatValue();
    Optional<Double> topP = fields.number("top_p", 0, 1);
    Optional<Double> minP = fields.number("min_p", 0, 1);
    Optional<Long> topK = fields.integer("top_k", -1, Integer.MAX_VALUE);
    if (temperature == 0) {
      return;
    }
    builder.temperature(temperature);
    // A nucleus of probability 0 holds the likeliest token alone.
    topP.ifPresent(p -> builder.topP(Math.max(p.floatValue(), Float.MIN_NORMAL)));
    minP.ifPresent(p -> builder.minP(p.floatValue()));
    topK.ifPresent(k -> builder.topK(Math.max(0, k.intValue())));
  }

  private static void readEnd(RequestFields fields, GenerationConfigBuilder builder) {
    builder.stopStrings(stops(fields).toArray(String[]::new));
    builder.ignoreEndOfSequence(fields.flag("ignore_eos"));
    builder.minNewTokens(fields.integer("min_tokens", 0, Integer.MAX_VALUE).orElse(0L).intValue());
    fields
        .list("stop_token_ids")
        .filter(ids -> !ids.isEmpty())
        .ifPresent(
            ids ->
                builder.endOfSequenceIds(
                    ids.stream().mapToInt(id -> tokenId(id, "stop_token_ids")).toArray()));
  }

  static int tokenId(JsonElement id, String path) {
    return (int) RequestFields.asInteger(id, path, 0, Integer.MAX_VALUE);
  }

  private static List<String> stops(RequestFields fields) {
    List<String> stops = new ArrayList<>();
    fields
        .any("stop")
        .ifPresent(
            value -> {
              if (value.isJsonArray()) {
                value.getAsJsonArray().forEach(item -> stops.add(stop(item)));
              } else {
                stops.add(stop(value));
              }
            });
    if (stops.size() > MAX_STOPS) {
      throw new ApiException(
          ApiError.invalid(
              "stop",
              "stop must hold at most %d strings, was %d".formatted(MAX_STOPS, stops.size())));
    }
    return stops;
  }

  private static String stop(JsonElement value) {
    String stop = RequestFields.asString(value, "stop");
    if (stop.isEmpty() || stop.length() > MAX_STOP_LENGTH) {
      throw RequestFields.wrong(
          "stop", "strings of 1 to %d characters".formatted(MAX_STOP_LENGTH), value);
    }
    return stop;
  }

  private static void refuseUnsupported(RequestFields fields) {
    if (fields.integer("n", 1, Integer.MAX_VALUE).orElse(1L) != 1) {
      throw unsupported("n", "only n=1 is supported; send the request several times");
    }
    for (String penalty : List.of("presence_penalty", "frequency_penalty")) {
      if (fields.number(penalty, -2, 2).orElse(0.0) != 0) {
        throw unsupported(
            penalty, penalty + " is not supported; leave it at 0 or use repetition_penalty");
      }
    }
    refuseUnlessEmpty(fields, "logit_bias");
  }

  /**
   * Refuses a field that would change the answer in a way this server does not know.
   *
   * @param fields the request
   * @param name the field; absent, false, an empty list or an empty object are accepted
   */
  static void refuseUnlessEmpty(RequestFields fields, String name) {
    fields
        .any(name)
        .filter(value -> !isEmpty(value))
        .ifPresent(
            value -> {
              throw unsupported(name, name + " is not supported; leave it out");
            });
  }

  private static boolean isEmpty(JsonElement value) {
    return (value.isJsonArray() && value.getAsJsonArray().isEmpty())
        || (value.isJsonObject() && value.getAsJsonObject().isEmpty())
        || (value.isJsonPrimitive() && value.getAsString().equals("false"));
  }

  static ApiException unsupported(String param, String message) {
    return new ApiException(ApiError.unsupported(param, message));
  }
}
