// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.Initialization;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code init_lora_weights}: true, false or a name, and {@code loftq_config} beside one. */
final class InitializationJson {
  private static final String FIELD = "init_lora_weights";
  private static final String LOFTQ = "loftq_config";
  private static final String BITS = "loftq_bits";
  private static final String ITERATIONS = "loftq_iter";
  private static final Pattern RANDOMISED_PISSA = Pattern.compile("pissa_niter_(\\d{1,9})");

  private InitializationJson() {}

  static Initialization read(JsonFields fields) {
    if (fields.raw(FIELD) instanceof JsonPrimitive name && name.isString()) {
      return named(name.getAsString(), fields);
    }
    return fields.bool(FIELD, true) ? Initialization.KAIMING_UNIFORM : Initialization.RANDOM;
  }

  private static Initialization named(String name, JsonFields fields) {
    Matcher randomised = RANDOMISED_PISSA.matcher(name);
    if (randomised.matches()) {
      return Initialization.pissa(Integer.parseInt(randomised.group(1)));
    }
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "gaussian" -> Initialization.GAUSSIAN;
      case "orthogonal" -> Initialization.ORTHOGONAL;
      case "pissa" -> Initialization.PISSA;
      case "olora" -> Initialization.OLORA;
      case "loftq" -> loftq(fields);
      default ->
          throw fields.problem(
              "%s is \"%s\", which lora4j does not support; it supports true, false, \"gaussian\", \"orthogonal\", \"pissa\", \"pissa_niter_N\", \"olora\" and \"loftq\""
                  .formatted(FIELD, name));
    };
  }

  static JsonElement write(Initialization initialization) {
    return switch (initialization.rule()) {
      case KAIMING_UNIFORM -> new JsonPrimitive(true);
      case RANDOM -> new JsonPrimitive(false);
      case PISSA -> new JsonPrimitive(pissa(initialization));
      case GAUSSIAN, ORTHOGONAL, OLORA, LOFTQ ->
          new JsonPrimitive(initialization.rule().name().toLowerCase(Locale.ROOT));
    };
  }

  private static Initialization loftq(JsonFields fields) {
    Map<String, Integer> config = fields.integersByName(LOFTQ);
    int bits = config.getOrDefault(BITS, 4);
    int iterations = config.getOrDefault(ITERATIONS, 1);
    if ((bits != 4 && bits != 8) || iterations < 1) {
      throw fields.wrong(
          LOFTQ, fields.raw(LOFTQ), "%s 4 or 8 and %s at least 1".formatted(BITS, ITERATIONS));
    }
    return Initialization.loftq(bits, iterations);
  }

  /** {@code loftq_config}, which is empty for the other rules. */
  static JsonObject writeLoftq(Initialization initialization) {
    JsonObject config = new JsonObject();
    if (initialization.rule() == Initialization.Rule.LOFTQ) {
      config.addProperty(BITS, initialization.bits().orElseThrow());
      config.addProperty(ITERATIONS, initialization.iterations().orElseThrow());
    }
    return config;
  }

  private static String pissa(Initialization initialization) {
    return initialization.iterations().isPresent()
        ? "pissa_niter_" + initialization.iterations().getAsInt()
        : "pissa";
  }
}
