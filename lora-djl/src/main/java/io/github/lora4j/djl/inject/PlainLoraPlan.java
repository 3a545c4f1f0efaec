// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;

/**
 * What a saved adapter means for a model where rows of one batch have adapters of their own: two
 * factors a module and nothing beside them.
 */
public final class PlainLoraPlan {
  private PlainLoraPlan() {}

  /**
   * Reads a plan out of an adapter's configuration and holds its file against it.
   *
   * @param host the model
   * @param file the adapter
   * @param directory where it lies, for messages
   * @param maxRank the largest rank of a module that is taken
   * @return the plan
   * @throws AdapterException if it is damaged, another model's, or more than two factors a module
   */
  public static AdaptationPlan of(AdapterHost host, AdapterFile file, Path directory, int maxRank) {
    if (!(file.config() instanceof LoraConfig config)) {
      throw refused(directory, "is of the kind " + file.config().peftType());
    }
    try {
      AdaptationPlan plan = LoraFamily.plan(host, LoraFamily.whole(config));
      obstacle(plan, maxRank)
          .ifPresent(
              obstacle -> {
                throw refused(directory, obstacle);
              });
      file.check(plan.storedTensors(), true);
      file.checkBase(plan, host, true);
      return plan;
    } catch (ConfigurationException e) {
      throw new AdapterException(
          "%s: the adapter does not fit the model \"%s\": %s"
              .formatted(directory, host.name(), e.getMessage()),
          e);
    }
  }

  private static AdapterException refused(Path directory, String what) {
    return new AdapterException(
        "%s: the adapter %s; rows of one batch can have plain LoRA alone, so merge this one, or load it with LoraModel.load"
            .formatted(directory, what));
  }

  private static Optional<String> obstacle(AdaptationPlan plan, int maxRank) {
    LoraConfig config = plan.config();
    if (config.useDora()) {
      return Optional.of("uses DoRA (use_dora)");
    }
    if (config.loraBias()) {
      return Optional.of("has biases beside its factors (lora_bias)");
    }
    if (config.initialization().leavesResidual()) {
      return Optional.of(
          "is over a base of its own (init_lora_weights %s)"
              .formatted(config.initialization().rule()));
    }
    if (!plan.saved().isEmpty()) {
      return Optional.of(
          "has modules of its own (modules_to_save %s)".formatted(plan.savedNames()));
    }
    if (!plan.trainedRows().isEmpty()) {
      return Optional.of("trains rows of token tables (trainable_token_indices)");
    }
    if (!plan.trainedBiases().isEmpty()) {
      return Optional.of("trains biases of the base (bias %s)".formatted(config.bias()));
    }
    AdaptedModule widest =
        plan.adapted().stream().max(Comparator.comparingInt(AdaptedModule::rank)).orElseThrow();
    return widest.rank() <= maxRank
        ? Optional.empty()
        : Optional.of(
            "has rank %d at \"%s\", more than the %d allowed"
                .formatted(widest.rank(), widest.name(), maxRank));
  }
}
