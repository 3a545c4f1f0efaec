package io.github.lora4j.examples.benchmark;

import com.google.gson.JsonObject;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.examples.loading.QuantizationOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The shape of a llama with random weights. */
final class ShapeOptions {
  @Option(names = "--hidden", defaultValue = "512", description = "Width of the hidden states.")
  int hidden;

  @Option(names = "--layers", defaultValue = "8", description = "Number of layers.")
  int layers;

  @Option(names = "--heads", defaultValue = "8", description = "Query heads.")
  int heads;

  @Option(names = "--kv-heads", description = "Key and value heads; as many as --heads by default.")
  private @Nullable Integer keyValueHeads;

  @Option(names = "--intermediate", defaultValue = "1376", description = "Width inside the MLP.")
  int intermediate;

  @Option(names = "--vocab", defaultValue = "8192", description = "Tokens of the vocabulary.")
  int vocabulary;

  @Option(names = "--rank", defaultValue = "8", description = "Rank of the adapter; 0 for none.")
  int rank;

  @Option(
      names = "--targets",
      defaultValue = "all-linear",
      description = "Modules to adapt: all-linear, or names with commas between.")
  String targets = "all-linear";

  @Mixin QuantizationOptions quantization = new QuantizationOptions();

  int keyValueHeads() {
    return keyValueHeads == null ? heads : keyValueHeads;
  }

  /** Refuses a size that cannot be. */
  static void requirePositive(String option, int value) {
    if (value < 1) {
      throw new ConfigurationException(option + ": expected at least 1, found " + value);
    }
  }

  /** The configuration as {@code config.json} says it. */
  JsonObject config(int maxPositions) {
    JsonObject config = new JsonObject();
    config.addProperty("model_type", "llama");
    config.addProperty("vocab_size", vocabulary);
    config.addProperty("hidden_size", hidden);
    config.addProperty("intermediate_size", intermediate);
    config.addProperty("num_hidden_layers", layers);
    config.addProperty("num_attention_heads", heads);
    config.addProperty("num_key_value_heads", keyValueHeads());
    config.addProperty("max_position_embeddings", maxPositions);
    config.addProperty("rms_norm_eps", 1e-5);
    config.addProperty("tie_word_embeddings", false);
    return config;
  }
}
