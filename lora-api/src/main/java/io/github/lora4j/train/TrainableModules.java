// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import io.github.lora4j.ConfigurationException;

/** What of a model trains without an adapter. */
public sealed interface TrainableModules {
  /** Nothing: the model is frozen. */
  record None() implements TrainableModules {}

  /** Every parameter. */
  record All() implements TrainableModules {}

  /**
   * The last layers with the final norm and the head.
   *
   * @param count how many layers
   */
  record LastLayers(int count) implements TrainableModules {
    /** Checks the number. */
    public LastLayers {
      if (count < 1) {
        throw new ConfigurationException(
            "TrainableModules: the number of last layers must be at least 1, was " + count);
      }
    }
  }

  /** The head onto the vocabulary; with a tied head, the embedding's table too. */
  record Head() implements TrainableModules {}

  /**
   * Freezes everything.
   *
   * @return nothing
   */
  static TrainableModules none() {
    return new None();
  }

  /**
   * Full fine-tuning.
   *
   * @return everything
   */
  static TrainableModules all() {
    return new All();
  }

  /**
   * The last layers with the final norm and the head.
   *
   * @param count how many layers, at least 1
   * @return those
   */
  static TrainableModules lastLayers(int count) {
    return new LastLayers(count);
  }

  /**
   * The head alone.
   *
   * @return the head
   */
  static TrainableModules head() {
    return new Head();
  }
}
