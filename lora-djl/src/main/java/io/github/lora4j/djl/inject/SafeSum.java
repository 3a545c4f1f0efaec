package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.AdapterException;
import io.github.lora4j.LoraAdapter;
import java.util.List;

/** Updates added to a weight, refused where the sum is not finite (PEFT: {@code safe_merge}). */
public final class SafeSum {
  private SafeSum() {}

  /**
   * Adds updates to a weight in place.
   *
   * @param name the weight's name, for messages
   * @param weight shape (out, in); closed if the sum is refused
   * @param factors the updates
   * @return the weight
   * @throws AdapterException if a value is not finite
   */
  public static NDArray addTo(String name, NDArray weight, List<LoraAdapter> factors) {
    for (LoraAdapter adapter : factors) {
      try (NDArray delta = adapter.delta(weight.getManager())) {
        weight.addi(delta);
      }
    }
    if (!isFinite(weight)) {
      weight.close();
      throw new AdapterException(
          "\"%s\" plus the adapter's update has values that are not finite; did its training diverge, or is the file damaged?"
              .formatted(name));
    }
    return weight;
  }

  /** A largest and a smallest value tell: a NaN becomes both. */
  private static boolean isFinite(NDArray values) {
    try (NDArray max = values.max();
        NDArray min = values.min()) {
      return Float.isFinite(max.getFloat()) && Float.isFinite(min.getFloat());
    }
  }
}
