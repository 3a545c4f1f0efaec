// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import java.util.List;

/**
 * What an adapter does in each step of a training beside computing: a term of its own in the loss,
 * and work after the update.
 */
public interface StepHook extends AutoCloseable {
  /**
   * Adds the gradients of its term to those of the step, once all of them are there.
   *
   * @return the term, to be added to the step's loss
   */
  double addTerm();

  /**
   * Looks at the gradients, clipped as they are for the update.
   *
   * @param step the number of the step, from 1
   */
  void beforeUpdate(int step);

  /**
   * Works on the updated parameters; the gradients may be forgotten.
   *
   * @param step the number of the step, from 1
   */
  void afterUpdate(int step);

  /**
   * What it learned of the run so far, to go on from another time.
   *
   * @param prefix what the tensors' names begin with
   * @return the tensors; none if there is nothing to remember
   */
  List<TensorEntry> state(String prefix);

  /**
   * Goes on from what it learned before; called before the first step.
   *
   * @param prefix what the tensors' names begin with
   * @param saved the tensors of {@link #state}, among others
   */
  void restore(String prefix, TensorFile saved);

  /** Frees what it holds; what it did to the adapter stays. */
  @Override
  void close();
}
