// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/** The kinds of adapters, by the names that an {@code adapter_config.json} gives them. */
public enum PeftType {
  /** Low-rank updates of weights: {@link LoraConfig}. */
  LORA,
  /** Low-rank updates whose ranks are shared out in training: {@link AdaLoraConfig}. */
  ADALORA,
  /** Learned scales of keys, values and feed-forward activations: {@link Ia3Config}. */
  IA3,
  /** Learned embeddings before every sequence: {@link PromptTuningConfig}. */
  PROMPT_TUNING,
  /** Learned keys and values before every sequence, in every layer: {@link PrefixTuningConfig}. */
  PREFIX_TUNING,
  /** Embeddings before every sequence that a small network makes: {@link PromptEncoderConfig}. */
  P_TUNING,
  /** Small networks behind the parts of a layer: {@link BottleneckConfig}; not one of PEFT's. */
  BOTTLENECK
}
