// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.inject.StepHook;
import java.util.ArrayList;
import java.util.List;

/**
 * What the adapters in use do in each step of a training, as one.
 *
 * @param hooks what each does
 */
public record StepHooks(List<StepHook> hooks) implements AutoCloseable {
  /** Where no adapter does anything. */
  public static final StepHooks NONE = new StepHooks(List.of());

  /** Copies the list. */
  public StepHooks {
    hooks = List.copyOf(hooks);
  }

  /**
   * Adds the gradients of their terms to those of the step.
   *
   * @return the sum of the terms
   */
  double addTerms() {
    return hooks.stream().mapToDouble(StepHook::addTerm).sum();
  }

  /**
   * Lets them look at the gradients before the update.
   *
   * @param step the number of the step, from 1
   */
  void beforeUpdate(int step) {
    hooks.forEach(hook -> hook.beforeUpdate(step));
  }

  /**
   * Lets them work on the updated parameters.
   *
   * @param step the number of the step, from 1
   */
  void afterUpdate(int step) {
    hooks.forEach(hook -> hook.afterUpdate(step));
  }

  /** What they learned of the run so far; empty if there is nothing to remember. */
  List<TensorEntry> state() {
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < hooks.size(); i++) {
      entries.addAll(hooks.get(i).state(prefix(i)));
    }
    return entries;
  }

  /** Goes on from what they learned before. */
  void restore(TensorFile saved) {
    for (int i = 0; i < hooks.size(); i++) {
      hooks.get(i).restore(prefix(i), saved);
    }
  }

  private static String prefix(int hook) {
    return hook + ".";
  }

  /** Frees what they hold. */
  @Override
  public void close() {
    hooks.forEach(StepHook::close);
  }
}
