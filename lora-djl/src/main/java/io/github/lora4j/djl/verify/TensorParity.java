package io.github.lora4j.djl.verify;

import java.util.Locale;

/**
 * One reference tensor and how far this library's is from it.
 *
 * @param name the tensor's name in the reference
 * @param maxAbsDiff the largest absolute difference; NaN if it could not be compared
 * @param tolerance what is allowed
 * @param remark why it could not be compared, or empty
 */
public record TensorParity(String name, double maxAbsDiff, double tolerance, String remark) {
  /**
   * Whether the tensor agrees.
   *
   * @return true if the difference is within the tolerance
   */
  public boolean ok() {
    return maxAbsDiff <= tolerance;
  }

  static TensorParity unchecked(String name, String remark) {
    return new TensorParity(name, Double.NaN, 0, remark);
  }

  /** {@code NAME max_abs_diff VALUE}, with a remark where there is one. */
  @Override
  public String toString() {
    String line = String.format(Locale.ROOT, "%s max_abs_diff %.3g", name, maxAbsDiff);
    return remark.isEmpty() ? line : line + " (" + remark + ")";
  }
}
