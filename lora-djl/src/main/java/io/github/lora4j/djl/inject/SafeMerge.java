// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.AdapterException;
import io.github.lora4j.LoraAdapter;
import java.util.List;
import java.util.Optional;

/** Adapters merged into a weight, refused where the result is not finite (PEFT: safe_merge). */
public final class SafeMerge {
  private SafeMerge() {}

  /**
   * Merges one adapter after the other.
   *
   * @param name the weight's name, for messages
   * @param weight shape (out, in); left as it is
   * @param factors the adapters, at least one
   * @param manager owns the result
   * @return the merged weight, shape (out, in)
   * @throws AdapterException if a value is not finite
   */
  public static NDArray of(
      String name, NDArray weight, List<LoraAdapter> factors, NDManager manager) {
    return requireFinite(name, unchecked(weight, factors, manager));
  }

  /**
   * Refuses a merged weight whose values are not finite.
   *
   * @param name the weight's name, for messages
   * @param merged the weight; closed if it is refused
   * @return the weight
   * @throws AdapterException if a value is not finite
   */
  public static NDArray requireFinite(String name, NDArray merged) {
    if (!isFinite(merged)) {
      merged.close();
      throw new AdapterException(
          "\"%s\" has values that are not finite once the adapter is merged into it; did its training diverge, or is the file damaged?"
              .formatted(name));
    }
    return merged;
  }

  /**
   * Merges one adapter after the other, whatever comes of it.
   *
   * @param weight shape (out, in); left as it is
   * @param factors the adapters, at least one
   * @param manager owns the result
   * @return the merged weight, shape (out, in)
   */
  public static NDArray unchecked(NDArray weight, List<LoraAdapter> factors, NDManager manager) {
    NDArray merged = factors.get(0).merged(weight, manager);
    for (LoraAdapter adapter : factors.subList(1, factors.size())) {
      try (NDArray before = merged) {
        merged = adapter.merged(before, manager);
      }
    }
    return merged;
  }

  /**
   * What merging adds to the bias.
   *
   * @param factors the adapters
   * @param manager owns the result
   * @return shape (out), or empty if no adapter changes the bias
   */
  public static Optional<NDArray> biasDelta(List<LoraAdapter> factors, NDManager manager) {
    return factors.stream()
        .flatMap(adapter -> adapter.variant().biasDelta(adapter, manager).stream())
        .reduce(NDArray::addi);
  }

  /** A largest and a smallest value tell: a NaN becomes both. */
  private static boolean isFinite(NDArray values) {
    try (NDArray max = values.max();
        NDArray min = values.min()) {
      return Float.isFinite(max.getFloat()) && Float.isFinite(min.getFloat());
    }
  }
}
