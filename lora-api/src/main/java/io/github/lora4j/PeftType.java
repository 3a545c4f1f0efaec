package io.github.lora4j;

/** The kinds of adapters, by the names that an {@code adapter_config.json} gives them. */
public enum PeftType {
  /** Low-rank updates of weights: {@link LoraConfig}. */
  LORA,
  /** Low-rank updates whose ranks are shared out in training: {@link AdaLoraConfig}. */
  ADALORA
}
