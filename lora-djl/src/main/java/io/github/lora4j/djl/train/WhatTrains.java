// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import java.util.List;

/** Which of a model's parameters train, step by step. */
interface WhatTrains extends AutoCloseable {
  /**
   * Prepares a step.
   *
   * @param step its number, from 1
   * @return whether other parameters train than before
   */
  boolean enter(int step);

  /**
   * All of the model that the run may have changed so far.
   *
   * @return the values, exactly
   */
  List<TensorEntry> state();

  /**
   * Brings the model to where a run left it, in place of having entered its first step.
   *
   * @param step the last step the run made; 0 for none
   * @param saved the tensors of {@link #state}
   */
  void restore(int step, TensorFile saved);

  /** Leaves the model as it was found, but for the values of its parameters. */
  @Override
  void close();
}
