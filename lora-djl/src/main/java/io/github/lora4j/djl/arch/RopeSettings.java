package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.RopeScaling;
import java.util.List;

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
      case "longrope" -> factors(rope, config);
      default ->
          throw rope.error(
              "rope_type",
              "the scaling \"%s\" is not supported; supported are default, linear, llama3, longrope"
                  .formatted(type));
    };
  }

  /** The same factors at every length, which is what files of llama.cpp have. */
  private static RopeScaling factors(HuggingFaceConfig rope, HuggingFaceConfig config) {
    List<Double> factors = rope.doubleList("long_factor");
    boolean atEveryLength =
        factors.equals(rope.doubleList("short_factor"))
            && rope.doubleOr(0, "attention_factor") == 1;
    if (!atEveryLength) {
      throw rope.error(
          "rope_type",
          "is longrope with factors that depend on the length, or an attention_factor that is not 1; neither is supported");
    }
    int pairs = pairs(config);
    if (factors.size() != pairs || factors.stream().anyMatch(factor -> !(factor > 0))) {
      throw rope.error(
          "long_factor", "expected %d numbers above 0, found %s".formatted(pairs, factors));
    }
    return new RopeScaling.Factors(factors);
  }

  private static int pairs(HuggingFaceConfig config) {
    int heads = SpecReader.positive(config, "num_attention_heads");
    return config.optionalInt("head_dim").orElseGet(() -> config.intValue("hidden_size") / heads)
        / 2;
  }
}
