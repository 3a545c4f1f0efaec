// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import com.google.gson.JsonObject;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.examples.loading.QuantizationOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The shape of a llama with random weights. */
final class ShapeOptions {
  @Option(
      names = "--shape",
      defaultValue = "small",
      description = "small, 7b, 13b, 33b or 65b; the options below change single sizes of it.")
  private String name = "small";

  @Option(names = "--hidden", description = "Width of the hidden states.")
  private @Nullable Integer hidden;

  @Option(names = "--layers", description = "Number of layers.")
  private @Nullable Integer layers;

  @Option(names = "--heads", description = "Query heads.")
  private @Nullable Integer heads;

  @Option(names = "--kv-heads", description = "Key and value heads; as many as --heads by default.")
  private @Nullable Integer keyValueHeads;

  @Option(names = "--intermediate", description = "Width inside the MLP.")
  private @Nullable Integer intermediate;

  @Option(names = "--vocab", description = "Tokens of the vocabulary.")
  private @Nullable Integer vocabulary;

  @Option(names = "--rank", defaultValue = "8", description = "Rank of the adapter; 0 for none.")
  int rank;

  @Option(
      names = "--targets",
      defaultValue = "all-linear",
      description = "Modules to adapt: all-linear, or names with commas between.")
  String targets = "all-linear";

  @Mixin QuantizationOptions quantization = new QuantizationOptions();

  /** The adapter that is wanted. */
  LoraConfig adapter() {
    LoraConfigBuilder builder = LoraConfig.builder().rank(rank).alpha(2.0 * rank);
    return targets.equals("all-linear")
        ? builder.allLinear().build()
        : builder.targetModules(targets.split(",")).build();
  }

  /** Refuses a size that cannot be. */
  static void requirePositive(String option, int value) {
    requireAtLeast(option, 1, value);
  }

  /** Refuses a number below the least there can be. */
  static void requireAtLeast(String option, int least, int value) {
    if (value < least) {
      throw new ConfigurationException(
          "%s: expected at least %d, found %d".formatted(option, least, value));
    }
  }

  /** The configuration as {@code config.json} says it. */
  JsonObject config(int maxPositions) {
    LlamaShape shape = LlamaShape.of(name);
    int queries = orElse(heads, shape.heads());
    JsonObject config = new JsonObject();
    config.addProperty("model_type", "llama");
    config.addProperty("vocab_size", vocabulary());
    config.addProperty("hidden_size", orElse(hidden, shape.hidden()));
    config.addProperty("intermediate_size", orElse(intermediate, shape.intermediate()));
    config.addProperty("num_hidden_layers", orElse(layers, shape.layers()));
    config.addProperty("num_attention_heads", queries);
    config.addProperty("num_key_value_heads", orElse(keyValueHeads, queries));
    config.addProperty("max_position_embeddings", maxPositions);
    config.addProperty("rms_norm_eps", 1e-5);
    config.addProperty("tie_word_embeddings", false);
    return config;
  }

  /** Keys of one token in all layers, and as many values. */
  long keyValueFloats() {
    JsonObject config = config(1);
    long headDim =
        config.get("hidden_size").getAsInt() / config.get("num_attention_heads").getAsInt();
    return headDim
        * config.get("num_key_value_heads").getAsInt()
        * config.get("num_hidden_layers").getAsInt();
  }

  /** Tokens of the vocabulary. */
  int vocabulary() {
    return orElse(vocabulary, LlamaShape.of(name).vocabulary());
  }

  private static int orElse(@Nullable Integer chosen, int otherwise) {
    return chosen == null ? otherwise : chosen;
  }
}
