// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.inject.block.AdaptedBlock;

/**
 * How adapters get into a foreign model.
 *
 * @param kind what the model is, with its article
 * @param manager owns what adapters hold
 * @param adapters the adapters
 * @param block the model's block with them
 * @param trainers makes trainers that train them
 * @param baseParameters the number of parameters of the base
 */
record Injection(
    String kind,
    NDManager manager,
    AdapterSet adapters,
    AdaptedBlock block,
    Trainers trainers,
    long baseParameters) {
  /** Makes trainers of DJL's. */
  @FunctionalInterface
  interface Trainers {
    /**
     * Makes a trainer.
     *
     * @param model the model with adapters
     * @param config DJL's configuration
     * @return the trainer, to be closed by the caller
     */
    Trainer newTrainer(Model model, TrainingConfig config);
  }
}
