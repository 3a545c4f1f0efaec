// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.RopeScaling;
import java.util.Optional;

/**
 * Rotary positions as {@code config.json} says them, in the spelling of transformers 5 ({@code
 * rope_parameters}) or 4 ({@code rope_theta}, {@code rope_scaling}).
 *
 * @param theta the base of the frequencies
 * @param scaling how they are stretched
 */
record RopeSettings(double theta, RopeScaling scaling) {
  private static final double DEFAULT_THETA = 10_000;
  private static final int DEFAULT_POSITIONS = 2048;
  private static final String LONG = "longrope";

  /**
   * Reads them.
   *
   * @param config the configuration
   * @param rotaryDim how many values of a head rotate
   */
  static RopeSettings of(HuggingFaceConfig config, int rotaryDim) {
    double outer = theta(config, DEFAULT_THETA);
    Optional<HuggingFaceConfig> settings = settings(config);
    double theta = settings.map(rope -> theta(rope, outer)).orElse(outer);
    return new RopeSettings(
        theta,
        settings
            .map(rope -> scaling(rope, config, theta, rotaryDim))
            .orElseGet(RopeScaling.None::new));
  }

  /** How many values of a head rotate ({@code partial_rotary_factor}, 1 unless it is there). */
  static int rotaryDim(HuggingFaceConfig config, int headDim) {
    String field = "partial_rotary_factor";
    double outer = config.doubleOr(1, field);
    double factor = settings(config).map(rope -> rope.doubleOr(outer, field)).orElse(outer);
    if (!(factor > 0 && factor <= 1)) {
      throw config.error(field, "expected a number above 0 and at most 1, found " + factor);
    }
    return SpecReader.even(config, (int) (headDim * factor), field);
  }

  /**
   * The longest sequence that the positions are right for.
   *
   * @param config the configuration
   */
  static int maxPositions(HuggingFaceConfig config) {
    return settings(config)
        .filter(rope -> type(rope).equals(LONG))
        .map(rope -> new LongRopeReader(rope, config).maxPositions())
        .orElseGet(() -> declaredPositions(config));
  }

  static int declaredPositions(HuggingFaceConfig config) {
    return SpecReader.positiveOr(config, DEFAULT_POSITIONS, "max_position_embeddings");
  }

  private static String type(HuggingFaceConfig rope) {
    return rope.stringOr("default", "rope_type", "type");
  }

  private static Optional<HuggingFaceConfig> settings(HuggingFaceConfig config) {
    return config.object("rope_parameters").or(() -> config.object("rope_scaling"));
  }

  private static double theta(HuggingFaceConfig config, double fallback) {
    return SpecReader.above0(
        config, config.doubleOr(fallback, "rope_theta", "rotary_emb_base"), "rope_theta");
  }

  static double above0(HuggingFaceConfig rope, String field) {
    return SpecReader.above0(rope, rope.doubleValue(field), field);
  }

  private static RopeScaling scaling(
      HuggingFaceConfig rope, HuggingFaceConfig config, double theta, int rotaryDim) {
    String type = type(rope);
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(above0(rope, "factor"));
      case "llama3" ->
          new RopeScaling.Llama3(
              above0(rope, "factor"),
              above0(rope, "low_freq_factor"),
              above0(rope, "high_freq_factor"),
              originalPositions(rope, config));
      case "yarn" ->
          new YarnReader(rope, originalPositions(rope, config)).scaling(theta, rotaryDim);
      // Frequencies change where sequences are longer than the model has positions.
      case "dynamic" -> new RopeScaling.None();
      case LONG -> new LongRopeReader(rope, config).scaling(rotaryDim / 2);
      default ->
          throw rope.error(
              "rope_type",
              "the scaling \"%s\" is not supported; supported are default, linear, dynamic, llama3, yarn, longrope"
                  .formatted(type));
    };
  }

  private static int originalPositions(HuggingFaceConfig rope, HuggingFaceConfig config) {
    return rope.intOr(
        config.intOr(8192, "max_position_embeddings"), "original_max_position_embeddings");
  }
}
