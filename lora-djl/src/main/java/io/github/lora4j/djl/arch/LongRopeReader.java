// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.RopeScaling;
import java.util.List;

/**
 * LongRoPE's settings (Ding et al., 2024; transformers: {@code longrope}): short factors up to the
 * context of the pretraining, long ones for all positions of longer sequences.
 *
 * <p>Keys that were remembered with the one cannot be attended to with the other, so a model whose
 * factors differ has the positions of its pretraining, and the short factors.
 *
 * @param rope the settings
 * @param config the model's configuration
 */
record LongRopeReader(HuggingFaceConfig rope, HuggingFaceConfig config) {
  private static final String ORIGINAL = "original_max_position_embeddings";

  /** How frequencies are stretched. */
  RopeScaling scaling(int pairs) {
    List<Double> factors = rope.doubleList("short_factor");
    if (factors.size() != pairs || factors.stream().anyMatch(factor -> !(factor > 0))) {
      throw rope.error(
          "short_factor", "expected %d numbers above 0, found %s".formatted(pairs, factors));
    }
    return new RopeScaling.Factors(factors, attentionFactor());
  }

  private double attentionFactor() {
    int original = original();
    double factor = rope.doubleOr((double) declared() / original, "factor");
    double computed = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    return rope.doubleOr(computed, "attention_factor");
  }

  /** The longest sequence that these factors are right for. */
  int maxPositions() {
    boolean atEveryLength = rope.doubleList("short_factor").equals(rope.doubleList("long_factor"));
    return atEveryLength ? declared() : Math.min(declared(), original());
  }

  private int declared() {
    return RopeSettings.declaredPositions(config);
  }

  private int original() {
    return rope.intOr(config.intOr(declared(), ORIGINAL), ORIGINAL);
  }
}
