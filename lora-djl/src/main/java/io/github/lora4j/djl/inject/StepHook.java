package io.github.lora4j.djl.inject;

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

  /** Frees what it holds; what it did to the adapter stays. */
  @Override
  void close();
}
