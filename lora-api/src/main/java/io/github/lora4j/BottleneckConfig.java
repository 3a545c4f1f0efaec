// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Objects;
import java.util.Optional;

/**
 * Bottleneck adapters: behind attention, the feed-forward part, or both, y ← y + scaling · U f(D
 * y), before the residual is added (<a href="https://arxiv.org/abs/1902.00751">Houlsby et al.
 * 2019</a>; behind the feed-forward part alone, <a href="https://arxiv.org/abs/2005.00247">Pfeiffer
 * et al. 2021</a>). D (hidden / reductionFactor, hidden) and U have biases; D begins uniform in
 * ±1/√hidden, everything else with zeros, so that a new adapter changes nothing.
 *
 * <p>PEFT has no such adapters; the components have the names of the library {@code adapters}, and
 * the files are lora4j's own.
 *
 * @param reductionFactor the hidden size divided by the width of the bottleneck, above 0
 * @param attention whether there is one behind attention (adapters: {@code mh_adapter})
 * @param feedForward whether there is one behind the feed-forward part (adapters: {@code
 *     output_adapter})
 * @param activation f (adapters: {@code non_linearity})
 * @param scaling what the branch is multiplied by, above 0
 * @param metadata what the model is for, and which it is
 */
public record BottleneckConfig(
    double reductionFactor,
    boolean attention,
    boolean feedForward,
    BottleneckActivation activation,
    double scaling,
    AdapterMetadata metadata)
    implements AdapterConfig {
  /**
   * Checks every field; {@link #houlsby()} and {@link #pfeiffer()} are the readable way.
   *
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public BottleneckConfig {
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(metadata, "metadata");
    ConfigRules rules = new ConfigRules(BottleneckConfig.class);
    rules.positive("reductionFactor", reductionFactor);
    rules.positive("scaling", scaling);
    rules.require(attention || feedForward, "attention or feedForward must be true, neither was");
  }

  @Override
  public PeftType peftType() {
    return PeftType.BOTTLENECK;
  }

  @Override
  public Optional<String> baseModelNameOrPath() {
    return metadata.baseModelNameOrPath();
  }

  /**
   * Starts from bottlenecks behind attention and behind the feed-forward part, swish in the middle
   * (adapters: {@code DoubleSeqBnConfig}).
   *
   * @return a new builder
   */
  public static BottleneckConfigBuilder houlsby() {
    return new BottleneckConfigBuilder().activation(BottleneckActivation.SWISH);
  }

  /**
   * Starts from bottlenecks behind the feed-forward part, ReLU in the middle (adapters: {@code
   * SeqBnConfig}).
   *
   * @return a new builder
   */
  public static BottleneckConfigBuilder pfeiffer() {
    return new BottleneckConfigBuilder().attention(false).activation(BottleneckActivation.RELU);
  }
}
