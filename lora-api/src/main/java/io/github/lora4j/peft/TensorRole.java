// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

/** What a tensor of an adapter is to its module. */
public enum TensorRole {
  /** A of a linear module, (rank, inFeatures). */
  LORA_A("lora_A", "weight"),
  /** B of a linear module, (outFeatures, rank). */
  LORA_B("lora_B", "weight"),
  /** The bias of B, (outFeatures). */
  LORA_B_BIAS("lora_B", "bias"),
  /** A of an embedding, (rank, rows). */
  LORA_EMBEDDING_A("lora_embedding_A", ""),
  /** B of an embedding, (width, rank). */
  LORA_EMBEDDING_B("lora_embedding_B", ""),
  /** Rows of a table in place of the base's, (rows, width). */
  TRAINABLE_TOKENS("token_adapter.trainable_tokens_delta", ""),
  /**
   * The scale of an (IA)³ adapter, (outFeatures, 1), or (1, inFeatures) where inputs are scaled.
   */
  IA3_L("ia3_l", ""),
  /** The map into a bottleneck, (width, outFeatures). */
  ADAPTER_DOWN("adapter_down", "weight"),
  /** The bias of the map into a bottleneck, (width). */
  ADAPTER_DOWN_BIAS("adapter_down", "bias"),
  /** The map out of a bottleneck, (outFeatures, width). */
  ADAPTER_UP("adapter_up", "weight"),
  /** The bias of the map out of a bottleneck, (outFeatures). */
  ADAPTER_UP_BIAS("adapter_up", "bias"),
  /** The virtual tokens as they are stored, (numVirtualTokens, width); of no module. */
  PROMPT_EMBEDDINGS("prompt_embeddings", ""),
  /**
   * A parameter of what makes virtual tokens, in memory only; the module is its path in there, such
   * as {@code embedding.weight}.
   */
  PROMPT_ENCODER("prompt_encoder", ""),
  /** The magnitude of a module's rows in DoRA, (outFeatures); the file's name has no parameter. */
  LORA_MAGNITUDE("lora_magnitude_vector", "", "weight"),
  /** A of an AdaLoRA adapter, (rank, inFeatures); a parameter itself, not a module's weight. */
  SVD_A("lora_A", ""),
  /** B of an AdaLoRA adapter, (outFeatures, rank). */
  SVD_B("lora_B", ""),
  /** The singular values of an AdaLoRA adapter, (rank, 1). */
  SVD_E("lora_E", ""),
  /** The base model's weight of an adapted module. */
  BASE_WEIGHT("base_layer", "weight"),
  /** The base model's bias of an adapted module. */
  BASE_BIAS("base_layer", "bias"),
  /** The base model's weight of a module that has no adapter. */
  WEIGHT("", "weight"),
  /** The base model's bias of a module that has no adapter. */
  BIAS("", "bias");

  private final String container;
  private final String parameter;
  private final String memoryParameter;

  TensorRole(String container, String parameter) {
    this(container, parameter, parameter);
  }

  TensorRole(String container, String parameter, String memoryParameter) {
    this.container = container;
    this.parameter = parameter;
    this.memoryParameter = memoryParameter;
  }

  /** Whether PEFT keeps one such tensor per adapter, so that its name tells which. */
  boolean isPerAdapter() {
    return container.startsWith("lora_")
        || container.startsWith("adapter_")
        || this == TRAINABLE_TOKENS
        || this == IA3_L;
  }

  /** Whether the tensor belongs to a module of the base model. */
  boolean isOfModule() {
    return this != PROMPT_EMBEDDINGS && this != PROMPT_ENCODER;
  }

  /**
   * PEFT's name for what holds the tensor inside the module.
   *
   * @return such as {@code lora_A}; empty for the module itself
   */
  public String container() {
    return container;
  }

  /** The last segment of the name; empty where the container is the parameter. */
  String parameter() {
    return parameter;
  }

  /** The last segment of the name in memory, where the file's may leave it out. */
  String memoryParameter() {
    return memoryParameter;
  }

  /**
   * PEFT's name in memory of an adapter's tensor, inside its module.
   *
   * @param adapter the adapter's name
   * @return such as {@code lora_A.default.weight}
   */
  public String memoryName(String adapter) {
    String name = container + "." + adapter;
    return memoryParameter.isEmpty() ? name : name + "." + memoryParameter;
  }
}
