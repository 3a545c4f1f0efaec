// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationConfigBuilder;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The arguments of a criteria that say how text is generated, by the names they have in
 * transformers' {@code GenerationConfig}; greedy where they say nothing.
 */
final class GenerationArguments {
  private static final Map<String, BiConsumer<GenerationConfigBuilder, String>> FIELDS =
      new TreeMap<>(
          Map.of(
              "max_new_tokens", field(Integer::valueOf, GenerationConfigBuilder::maxNewTokens),
              "min_new_tokens", field(Integer::valueOf, GenerationConfigBuilder::minNewTokens),
              "temperature", field(Float::valueOf, GenerationConfigBuilder::temperature),
              "top_k", field(Integer::valueOf, GenerationConfigBuilder::topK),
              "top_p", field(Float::valueOf, GenerationConfigBuilder::topP),
              "min_p", field(Float::valueOf, GenerationConfigBuilder::minP),
              "repetition_penalty",
                  field(Float::valueOf, GenerationConfigBuilder::repetitionPenalty),
              "seed", field(Long::valueOf, GenerationConfigBuilder::seed)));

  private GenerationArguments() {}

  private static <T> BiConsumer<GenerationConfigBuilder, String> field(
      Function<String, T> parse, BiConsumer<GenerationConfigBuilder, T> set) {
    return (builder, value) -> set.accept(builder, parse.apply(value));
  }

  /**
   * Reads arguments.
   *
   * @param arguments values or their text, by name
   * @return the configuration
   * @throws ConfigurationException if an argument is unknown or its value cannot be
   */
  static GenerationConfig config(Map<String, ?> arguments) {
    GenerationConfigBuilder builder = GenerationConfig.builder();
    arguments.forEach((name, value) -> set(builder, name, String.valueOf(value)));
    return builder.build();
  }

  private static void set(GenerationConfigBuilder builder, String name, String value) {
    BiConsumer<GenerationConfigBuilder, String> field = FIELDS.get(name);
    if (field == null) {
      throw new ConfigurationException(
          "Criteria: unknown argument \"%s\"; expected one of %s".formatted(name, FIELDS.keySet()));
    }
    try {
      field.accept(builder, value);
    } catch (NumberFormatException e) {
      throw new ConfigurationException(
          "Criteria: argument \"%s\" must be a number, was \"%s\"".formatted(name, value), e);
    }
  }
}
