// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Prefix tuning: keys and values before every sequence, in every layer, that are learned (<a
 * href="https://arxiv.org/abs/2101.00190">Li and Liang 2021</a>; PEFT: {@code PrefixTuningConfig}).
 *
 * <p>With a projection the prefix is the output of two linear maps with a tanh between them. What
 * is stored is the prefix itself, so that a loaded adapter trains it directly.
 *
 * <p>Immutable, and checked when built. Make one with {@link #builder()}.
 *
 * @param numVirtualTokens how many stand before a sequence, at least 1
 * @param prefixProjection whether a small network makes the prefix while it trains
 * @param encoderHiddenSize width of that network; empty for {@code tokenDim}
 * @param zeroInitialization whether the prefix begins with zeros (PEFT: {@code
 *     init_weights="zero"}); if not, it is random
 * @param dimensions the shape of the model, if said; an adapter on a model has it
 * @param metadata what the model is for, and which it is
 */
public record PrefixTuningConfig(
    int numVirtualTokens,
    boolean prefixProjection,
    OptionalInt encoderHiddenSize,
    boolean zeroInitialization,
    Optional<PromptDimensions> dimensions,
    AdapterMetadata metadata)
    implements PromptLearningConfig {
  /**
   * Checks every field; {@link #builder()} is the readable way.
   *
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public PrefixTuningConfig {
    Objects.requireNonNull(dimensions, "dimensions");
    Objects.requireNonNull(metadata, "metadata");
    ConfigRules rules = new ConfigRules(PrefixTuningConfig.class);
    rules.atLeastOne("numVirtualTokens", numVirtualTokens);
    encoderHiddenSize.ifPresent(size -> rules.atLeastOne("encoderHiddenSize", size));
  }

  @Override
  public PeftType peftType() {
    return PeftType.PREFIX_TUNING;
  }

  /**
   * Starts with a random prefix and no projection.
   *
   * @return a new builder, whose number of virtual tokens is to be set
   */
  public static PrefixTuningConfigBuilder builder() {
    return new PrefixTuningConfigBuilder();
  }

  /**
   * The same for a given decoder. It says that it is for causal language models, or PEFT would
   * leave the tokens out.
   *
   * @param shape the decoder's shape
   * @return a config in which what was left to the model is said
   */
  public PrefixTuningConfig forDecoder(PromptDimensions shape) {
    return new PrefixTuningConfig(
        numVirtualTokens,
        prefixProjection,
        OptionalInt.of(encoderHiddenSize.orElse(shape.tokenDim())),
        zeroInitialization,
        Optional.of(shape),
        metadata.withTaskIfNone(TaskType.CAUSAL_LM));
  }
}
