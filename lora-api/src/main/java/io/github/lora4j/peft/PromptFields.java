// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.PromptDimensions;
import io.github.lora4j.PromptLearningConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The fields that adapters of virtual tokens have in common. */
final class PromptFields {
  private static final List<String> COMMON =
      List.of(
          "num_attention_heads",
          "num_layers",
          "num_transformer_submodules",
          "num_virtual_tokens",
          "token_dim");

  private PromptFields() {}

  /** These fields and a kind's own. */
  static List<String> and(String... own) {
    return Stream.concat(COMMON.stream(), Stream.of(own)).toList();
  }

  /** How many tokens; 0, which no config takes, if the field is missing. */
  static int numVirtualTokens(JsonFields fields) {
    if (fields.integer("num_transformer_submodules", 1) != 1) {
      throw fields.problem(
          "num_transformer_submodules is %s, which lora4j does not support; it supports 1, models that are no encoder-decoders"
              .formatted(fields.raw("num_transformer_submodules")));
    }
    return fields.integer("num_virtual_tokens", 0);
  }

  static Optional<PromptDimensions> dimensions(JsonFields fields) {
    return Stream.of("token_dim", "num_layers", "num_attention_heads").allMatch(fields::isSet)
        ? Optional.of(
            new PromptDimensions(
                fields.integer("token_dim", 0),
                fields.integer("num_layers", 0),
                fields.integer("num_attention_heads", 0)))
        : Optional.empty();
  }

  static Map<String, JsonElement> write(PromptLearningConfig config) {
    Map<String, JsonElement> fields = new TreeMap<>();
    Optional<PromptDimensions> dimensions = config.dimensions();
    fields.put("num_virtual_tokens", new JsonPrimitive(config.numVirtualTokens()));
    fields.put("num_transformer_submodules", new JsonPrimitive(1));
    fields.put("token_dim", number(dimensions.map(PromptDimensions::tokenDim)));
    fields.put("num_layers", number(dimensions.map(PromptDimensions::numLayers)));
    fields.put("num_attention_heads", number(dimensions.map(PromptDimensions::numAttentionHeads)));
    return fields;
  }

  static JsonElement number(OptionalInt number) {
    return number(number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty());
  }

  private static JsonElement number(Optional<Integer> number) {
    return number.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
  }
}
