// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import java.util.Locale;

/**
 * One reference tensor and how far this library's is from it.
 *
 * @param name the tensor's name in the reference
 * @param maxAbsDiff the largest absolute difference of two elements; NaN if it could not be
 *     compared, or if a value on either side is not a number
 * @param tolerance the largest difference that is allowed
 * @param remark why it could not be compared, or empty
 */
public record TensorParity(String name, double maxAbsDiff, double tolerance, String remark) {
  /**
   * Whether the tensor agrees.
   *
   * @return true if it was compared and the difference is within the tolerance; NaN is not
   */
  public boolean ok() {
    return maxAbsDiff <= tolerance;
  }

  static TensorParity compared(String name, double maxAbsDiff, double tolerance) {
    return new TensorParity(name, maxAbsDiff, tolerance, "");
  }

  static TensorParity unchecked(String name, String remark) {
    return new TensorParity(name, Double.NaN, 0, remark);
  }

  /**
   * {@code NAME max_abs_diff VALUE}, and in parentheses what is wrong if the tensor does not agree.
   */
  @Override
  public String toString() {
    String line = String.format(Locale.ROOT, "%s max_abs_diff %.3g", name, maxAbsDiff);
    return ok() ? line : line + " (" + complaint() + ")";
  }

  private String complaint() {
    return remark.isEmpty() ? String.format(Locale.ROOT, "allowed is %.3g", tolerance) : remark;
  }
}
