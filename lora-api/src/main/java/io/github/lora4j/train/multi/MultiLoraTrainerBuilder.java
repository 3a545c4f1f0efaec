// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Options of a {@link MultiLoraTrainer}. */
public final class MultiLoraTrainerBuilder {
  private final List<MultiLoraJob> jobs = new ArrayList<>();
  private int maxTokensPerStep = 4096;
  private TurnOrder order = TurnOrder.fairShare();

  MultiLoraTrainerBuilder() {}

  /**
   * Adds a job to start with.
   *
   * @param job the job
   * @return this builder
   */
  public MultiLoraTrainerBuilder job(MultiLoraJob job) {
    jobs.add(Objects.requireNonNull(job, "job"));
    return this;
  }

  /**
   * The most tokens of one forward pass, which is what its memory grows with. A job that alone
   * brings more goes alone.
   *
   * @param tokens at least 1; 4096 by default
   * @return this builder
   */
  public MultiLoraTrainerBuilder maxTokensPerStep(int tokens) {
    maxTokensPerStep = tokens;
    return this;
  }

  /**
   * Which jobs go into a step when not all find room.
   *
   * @param order {@link TurnOrder#fairShare} by default
   * @return this builder
   */
  public MultiLoraTrainerBuilder order(TurnOrder order) {
    this.order = Objects.requireNonNull(order, "order");
    return this;
  }

  /**
   * Builds the trainer.
   *
   * @return the trainer
   * @throws io.github.lora4j.ConfigurationException if a number is out of range, or two jobs have
   *     one name
   */
  public MultiLoraTrainer build() {
    return new MultiLoraTrainer(new MultiLoraOptions(maxTokensPerStep, order), jobs);
  }
}
