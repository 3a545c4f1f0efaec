// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningOptions;
import java.util.Optional;

/**
 * One adapter to train beside others: what a {@link FineTuner} would train alone, and where its
 * result goes (m-LoRA: a task).
 *
 * @param name the adapter's name, not empty, without a dot, one of its kind in a trainer
 * @param config the adapter, low-rank and without dropout; its factors are drawn from the options'
 *     seed
 * @param data what to train on
 * @param evaluation what to evaluate on, if it is not split off by the options
 * @param options how, with an output directory; an optimizer given must be this job's alone
 * @param priority who goes first under {@link TurnOrder#priority}; higher goes first
 */
public record MultiLoraJob(
    String name,
    AdapterConfig config,
    InstructionDataset data,
    Optional<InstructionDataset> evaluation,
    FineTuningOptions options,
    int priority) {
  /**
   * Checks that the job can share its steps with others.
   *
   * @throws ConfigurationException if an option does not fit a fused run; names job and option
   */
  public MultiLoraJob {
    require(
        dropout(config) == 0,
        name,
        "dropout " + dropout(config),
        "rows of other jobs would change what is dropped; set dropout(0)");
    require(
        options.outputDir().isPresent(),
        name,
        "no outputDir",
        "an adapter leaves the run as files only; set FineTunerBuilder.outputDir");
    require(
        options.lisa().isEmpty(), name, "lisa", "the base is shared and frozen; leave lisa out");
    require(
        options.gradientCheckpointing().isEmpty(),
        name,
        "gradientCheckpointing",
        "all jobs share one forward pass; call setGradientCheckpointing on the base");
    require(
        options.reports().prompts().isEmpty(),
        name,
        "reports with samples",
        "other jobs' adapters are in use too; leave samples out, and ask the saved adapter");
  }

  private static double dropout(AdapterConfig config) {
    if (config instanceof AdaLoraConfig adaptive) {
      return adaptive.lora().dropout();
    }
    return config instanceof LoraConfig lora ? lora.dropout() : 0;
  }

  private static void require(boolean holds, String name, String found, String why) {
    if (!holds) {
      throw new ConfigurationException("job \"%s\": found %s, but %s".formatted(name, found, why));
    }
  }

  /**
   * A job of priority 0.
   *
   * @param name the adapter's name
   * @param config the adapter, low-rank and without dropout
   * @param data what to train on
   * @param tuner told how to train, and where to save
   * @return the job
   * @throws ConfigurationException if an option does not fit a fused run; names job and option
   */
  public static MultiLoraJob of(
      String name, AdapterConfig config, InstructionDataset data, FineTuner tuner) {
    return new MultiLoraJob(name, config, data, Optional.empty(), tuner.options(), 0);
  }

  /**
   * The same job, evaluated on data of its own.
   *
   * @param held what to evaluate on
   * @return the job
   */
  public MultiLoraJob withEvaluation(InstructionDataset held) {
    return new MultiLoraJob(name, config, data, Optional.of(held), options, priority);
  }

  /**
   * The same job with another priority.
   *
   * @param other any number, higher goes first
   * @return the job
   */
  public MultiLoraJob withPriority(int other) {
    return new MultiLoraJob(name, config, data, evaluation, options, other);
  }
}
