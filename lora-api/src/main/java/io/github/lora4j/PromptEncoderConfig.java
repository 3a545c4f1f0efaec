// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * P-tuning: embeddings before every sequence that a small network makes while it trains (<a
 * href="https://arxiv.org/abs/2103.10385">Liu et al. 2021</a>; PEFT: {@code PromptEncoderConfig}).
 *
 * <p>What is stored is the embeddings that the network gives, so that a loaded adapter trains these
 * directly.
 *
 * <p>Immutable, and checked when built. Make one with {@link #builder()}.
 *
 * @param numVirtualTokens how many stand before a sequence, at least 1
 * @param encoderType the network (PEFT: {@code encoder_reparameterization_type})
 * @param encoderHiddenSize its width; empty for the model's hidden size
 * @param encoderNumLayers layers of the LSTM, at least 1; a network of linear maps has three
 *     whatever this says
 * @param encoderDropout the probability with which what goes from one layer of the LSTM to the next
 *     is dropped in training, in [0, 1)
 * @param dimensions the shape of the model, if said; an adapter on a model has it
 * @param metadata what the model is for, and which it is
 */
public record PromptEncoderConfig(
    int numVirtualTokens,
    PromptEncoderType encoderType,
    OptionalInt encoderHiddenSize,
    int encoderNumLayers,
    double encoderDropout,
    Optional<PromptDimensions> dimensions,
    AdapterMetadata metadata)
    implements PromptLearningConfig {
  /**
   * Checks every field; {@link #builder()} is the readable way.
   *
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public PromptEncoderConfig {
    Objects.requireNonNull(encoderType, "encoderType");
    Objects.requireNonNull(dimensions, "dimensions");
    Objects.requireNonNull(metadata, "metadata");
    ConfigRules rules = new ConfigRules(PromptEncoderConfig.class);
    rules.atLeastOne("numVirtualTokens", numVirtualTokens);
    rules.atLeastOne("encoderNumLayers", encoderNumLayers);
    encoderHiddenSize.ifPresent(size -> rules.atLeastOne("encoderHiddenSize", size));
    rules.probability("encoderDropout", encoderDropout);
  }

  @Override
  public PeftType peftType() {
    return PeftType.P_TUNING;
  }

  /**
   * Starts with a network of linear maps.
   *
   * @return a new builder, whose number of virtual tokens is to be set
   */
  public static PromptEncoderConfigBuilder builder() {
    return new PromptEncoderConfigBuilder();
  }

  /**
   * The same for a given decoder. It says that it is for causal language models, or PEFT would
   * leave the tokens out.
   *
   * @param shape the decoder's shape
   * @return a config in which what was left to the model is said
   */
  public PromptEncoderConfig forDecoder(PromptDimensions shape) {
    return new PromptEncoderConfig(
        numVirtualTokens,
        encoderType,
        OptionalInt.of(encoderHiddenSize.orElse(shape.tokenDim())),
        encoderNumLayers,
        encoderDropout,
        Optional.of(shape),
        metadata.withTaskIfNone(TaskType.CAUSAL_LM));
  }
}
