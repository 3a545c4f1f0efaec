package io.github.lora4j.djl.train;

/** Which of a model's parameters train, step by step. */
interface WhatTrains extends AutoCloseable {
  /** What was unfrozen before the run, all the time. */
  WhatTrains AS_UNFROZEN = step -> false;

  /**
   * Prepares a step.
   *
   * @param step its number, from 1
   * @return whether other parameters train than before
   */
  boolean enter(int step);

  /** Leaves the model as it was found, but for the values of its parameters. */
  @Override
  default void close() {}
}
