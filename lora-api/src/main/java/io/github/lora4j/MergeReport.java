// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.List;
import java.util.Locale;

/**
 * How far merged weights are from the exact sum of base and update, by rounding: into the codes of
 * a quantised base, or into the half precision of a checkpoint. A float32 weight has no error here.
 *
 * @param weights one entry a changed weight, in the order of the model
 */
public record MergeReport(List<MergedWeight> weights) {
  /**
   * One merged weight.
   *
   * @param name its tensor's name
   * @param size its number of elements
   * @param maxError the largest difference of an element from the exact sum
   * @param rmsError the root of the mean squared difference
   */
  public record MergedWeight(String name, long size, double maxError, double rmsError) {}

  /** Copies the list. */
  public MergeReport {
    weights = List.copyOf(weights);
  }

  /**
   * The largest difference of all.
   *
   * @return 0 if nothing was rounded
   */
  public double maxError() {
    return weights.stream().mapToDouble(MergedWeight::maxError).max().orElse(0);
  }

  /**
   * The root of the mean squared difference over all elements.
   *
   * @return 0 if nothing was rounded
   */
  public double rmsError() {
    double squares = 0;
    long size = 0;
    for (MergedWeight weight : weights) {
      squares += weight.rmsError() * weight.rmsError() * weight.size();
      size += weight.size();
    }
    return size == 0 ? 0 : Math.sqrt(squares / size);
  }

  /** For example {@code 14 weights merged, rounding error at most 3.1e-03, rms 2.2e-04}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d weights merged, rounding error at most %.1e, rms %.1e",
        weights.size(),
        maxError(),
        rmsError());
  }
}
