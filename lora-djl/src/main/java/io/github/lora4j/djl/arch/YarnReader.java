// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.RopeScaling;
import java.util.OptionalDouble;

/**
 * YaRN as {@code config.json} says it (Peng et al., 2023; transformers: {@code
 * _compute_yarn_parameters}).
 *
 * @param rope the settings
 * @param originalPositions context of the pretraining
 */
record YarnReader(HuggingFaceConfig rope, int originalPositions) {
  /**
   * The scaling.
   *
   * @param theta the base of the frequencies
   * @param rotaryDim how many values of a head rotate
   */
  RopeScaling.Yarn scaling(double theta, int rotaryDim) {
    double factor = RopeSettings.above0(rope, "factor");
    double low = turningPair(rope.doubleOr(32, "beta_fast"), theta, rotaryDim);
    double high = turningPair(rope.doubleOr(1, "beta_slow"), theta, rotaryDim);
    boolean truncate = rope.boolOr(true, "truncate");
    double from = Math.max(0, truncate ? Math.floor(low) : low);
    double to = Math.min(rotaryDim - 1, truncate ? Math.ceil(high) : high);
    // As transformers keeps the ramp from being a division by 0.
    return new RopeScaling.Yarn(factor, from, from == to ? to + 0.001 : to, attention(factor));
  }

  /** The pair that turns some number of times within the context (section 3.2). */
  private double turningPair(double turns, double theta, int rotaryDim) {
    return rotaryDim * Math.log(originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  }

  private double attention(double factor) {
    OptionalDouble given = rope.optionalDouble("attention_factor");
    if (given.isPresent()) {
      return given.getAsDouble();
    }
    double scale = rope.doubleOr(0, "mscale");
    double scaleOfAll = rope.doubleOr(0, "mscale_all_dim");
    return scale != 0 && scaleOfAll != 0
        ? temperature(factor, scale) / temperature(factor, scaleOfAll)
        : temperature(factor, 1);
  }

  /** Section 3.4: 0.1 ln(s) + 1. */
  private static double temperature(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }
}
