package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.RopeScaling;

/**
 * Rotary positions as {@code config.json} says them, in the spelling of transformers 5 ({@code
 * rope_parameters}) or 4 ({@code rope_theta}, {@code rope_scaling}).
 *
 * @param theta the base of the frequencies
 * @param scaling how they are stretched
 */
record RopeSettings(double theta, RopeScaling scaling) {
  private static final double DEFAULT_THETA = 10_000;

  static RopeSettings of(HuggingFaceConfig config) {
    double theta = theta(config, DEFAULT_THETA);
    return config
        .object("rope_parameters")
        .map(rope -> new RopeSettings(theta(rope, theta), scaling(rope, config)))
        .or(
            () ->
                config
                    .object("rope_scaling")
                    .map(rope -> new RopeSettings(theta, scaling(rope, config))))
        .orElseGet(() -> new RopeSettings(theta, new RopeScaling.None()));
  }

  private static double theta(HuggingFaceConfig config, double fallback) {
    return SpecReader.above0(
        config, config.doubleOr(fallback, "rope_theta", "rotary_emb_base"), "rope_theta");
  }

  private static double above0(HuggingFaceConfig rope, String field) {
    return SpecReader.above0(rope, rope.doubleValue(field), field);
  }

  private static RopeScaling scaling(HuggingFaceConfig rope, HuggingFaceConfig config) {
    String type = rope.stringOr("default", "rope_type", "type");
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(above0(rope, "factor"));
      case "llama3" ->
          new RopeScaling.Llama3(
              above0(rope, "factor"),
              above0(rope, "low_freq_factor"),
              above0(rope, "high_freq_factor"),
              rope.intOr(
                  config.intOr(8192, "max_position_embeddings"),
                  "original_max_position_embeddings"));
      default ->
          throw rope.error(
              "rope_type",
              "the scaling \"%s\" is not supported; supported are default, linear, llama3"
                  .formatted(type));
    };
  }
}
