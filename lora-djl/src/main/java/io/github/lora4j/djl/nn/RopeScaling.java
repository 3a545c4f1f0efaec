// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import java.util.List;

/** How rotary frequencies are stretched for longer contexts (transformers: {@code rope_type}). */
public sealed interface RopeScaling {
  /**
   * Scales one inverse frequency.
   *
   * @param pair which pair of values it turns
   * @param inverseFrequency the frequency as theta gives it
   * @return the one used
   */
  double scale(int pair, double inverseFrequency);

  /**
   * What cosines and sines are multiplied by.
   *
   * @return 1 as a rule
   */
  default double attentionFactor() {
    return 1;
  }

  /** No scaling ({@code default}). */
  record None() implements RopeScaling {
    @Override
    public double scale(int pair, double inverseFrequency) {
      return inverseFrequency;
    }
  }

  /**
   * Positions divided by a factor ({@code linear}).
   *
   * @param factor the factor
   */
  record Linear(double factor) implements RopeScaling {
    @Override
    public double scale(int pair, double inverseFrequency) {
      return inverseFrequency / factor;
    }
  }

  /**
   * Llama 3's: high frequencies as they are, low ones divided, a ramp between ({@code llama3}).
   *
   * @param factor divisor of low frequencies
   * @param lowFrequencyFactor wavelengths above originalMaxPositions / this are low
   * @param highFrequencyFactor wavelengths below originalMaxPositions / this are high
   * @param originalMaxPositions context of the pretraining
   */
  record Llama3(
      double factor,
      double lowFrequencyFactor,
      double highFrequencyFactor,
      int originalMaxPositions)
      implements RopeScaling {
    @Override
    public double scale(int pair, double inverseFrequency) {
      double wavelength = 2 * Math.PI / inverseFrequency;
      if (wavelength < originalMaxPositions / highFrequencyFactor) {
        return inverseFrequency;
      }
      if (wavelength > originalMaxPositions / lowFrequencyFactor) {
        return inverseFrequency / factor;
      }
      double smooth =
          (originalMaxPositions / wavelength - lowFrequencyFactor)
              / (highFrequencyFactor - lowFrequencyFactor);
      return (1 - smooth) * inverseFrequency / factor + smooth * inverseFrequency;
    }
  }

  /**
   * YaRN's (Peng et al., 2023): pairs that turn often are left as they are, those that turn seldom
   * divided, a ramp between ({@code yarn}).
   *
   * @param factor divisor of low frequencies
   * @param low the pair at which the ramp begins
   * @param high the pair at which it ends
   * @param attentionFactor what cosines and sines are multiplied by
   */
  record Yarn(double factor, double low, double high, double attentionFactor)
      implements RopeScaling {
    @Override
    public double scale(int pair, double inverseFrequency) {
      double ramp = Math.min(1, Math.max(0, (pair - low) / (high - low)));
      return ramp * inverseFrequency / factor + (1 - ramp) * inverseFrequency;
    }
  }

  /**
   * Each frequency divided by a factor of its own ({@code longrope}; llama.cpp: {@code
   * rope_freqs.weight}).
   *
   * @param divisors a factor a pair
   * @param attentionFactor what cosines and sines are multiplied by
   */
  record Factors(List<Double> divisors, double attentionFactor) implements RopeScaling {
    /** Copies the factors. */
    public Factors {
      divisors = List.copyOf(divisors);
    }

    @Override
    public double scale(int pair, double inverseFrequency) {
      return inverseFrequency / divisors.get(pair);
    }
  }
}
