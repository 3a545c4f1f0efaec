// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.TrainingException;
import java.util.Collection;
import java.util.Set;

/**
 * Names of restored parameters, until one of them is updated. Names that never match, as DJL's ids
 * of another process, must not pass for a fresh start.
 */
final class RestoredNames {
  private final String optimizer;
  private Set<String> unclaimed;

  RestoredNames(String optimizer, Collection<String> names) {
    this.optimizer = optimizer;
    unclaimed = Set.copyOf(names);
  }

  /**
   * Called before each update.
   *
   * @param name the parameter that is updated
   * @param updatedBefore whether there is state of it
   */
  void claim(String name, boolean updatedBefore) {
    if (unclaimed.contains(name)) {
      unclaimed = Set.of();
    } else if (!unclaimed.isEmpty() && updatedBefore) {
      throw new TrainingException(
          "%s: a step was made and none of the %d restored parameters was in it; the restored are named as '%s', the trained as '%s': build the optimizer with namesOf, or restore the state of this model"
              .formatted(optimizer, unclaimed.size(), unclaimed.iterator().next(), name));
    }
  }
}
