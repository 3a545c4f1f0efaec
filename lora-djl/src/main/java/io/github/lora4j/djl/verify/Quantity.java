// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

/** What a reference tensor holds, told by its name. */
enum Quantity {
  /** What the computation starts from; not compared. */
  INPUT(Need.NOTHING),
  /** Logits of the base model, adapter off. */
  BASE_LOGITS(Need.NOTHING),
  /** Loss of the base model, adapter off. */
  BASE_LOSS(Need.LABELS),
  /** Logits, adapter on if there is one. */
  LOGITS(Need.NOTHING),
  /** Loss, adapter on if there is one. */
  LOSS(Need.LABELS),
  /** Logits of the weights with the adapter merged into them. */
  MERGED_LOGITS(Need.ADAPTER),
  /** The gradient of one adapter parameter, {@code grad.NAME}. */
  GRADIENT(Need.ADAPTER_AND_LABELS),
  /** The loss before each of some AdamW steps on the same batch. */
  TRAIN_LOSSES(Need.ADAPTER_AND_LABELS),
  /** One adapter parameter after those steps, {@code final.NAME}. */
  TRAINED(Need.ADAPTER_AND_LABELS),
  /** The weight that an adapter works over where that is not the base's, {@code residual.NAME}. */
  RESIDUAL(Need.ADAPTER),
  /** Prompts and the tokens chosen greedily after them; after the steps, if there are any. */
  GENERATED(Need.NOTHING),
  /** Nothing that is known here. */
  UNKNOWN(Need.NOTHING);

  /** The start of a gradient's name; a parameter's follows. */
  static final String GRADIENT_PREFIX = "grad.";

  /** The start of a trained parameter's name; a parameter's follows. */
  static final String TRAINED_PREFIX = "final.";

  /** The start of a residual's name; a base weight's follows. */
  static final String RESIDUAL_PREFIX = "residual.";

  private enum Need {
    NOTHING,
    LABELS,
    ADAPTER,
    ADAPTER_AND_LABELS
  }

  private final Need need;

  Quantity(Need need) {
    this.need = need;
  }

  static Quantity of(String name) {
    return switch (name) {
      case "input_ids", "attention_mask", "labels" -> INPUT;
      case "base_logits" -> BASE_LOGITS;
      case "base_loss" -> BASE_LOSS;
      case "logits" -> LOGITS;
      case "loss" -> LOSS;
      case "merged_logits" -> MERGED_LOGITS;
      case "train_losses" -> TRAIN_LOSSES;
      case "generated" -> GENERATED;
      default -> ofPrefix(name);
    };
  }

  private static Quantity ofPrefix(String name) {
    if (name.startsWith(GRADIENT_PREFIX)) {
      return GRADIENT;
    }
    if (name.startsWith(RESIDUAL_PREFIX)) {
      return RESIDUAL;
    }
    return name.startsWith(TRAINED_PREFIX) ? TRAINED : UNKNOWN;
  }

  boolean needsAdapter() {
    return need == Need.ADAPTER || need == Need.ADAPTER_AND_LABELS;
  }

  boolean needsLabels() {
    return need == Need.LABELS || need == Need.ADAPTER_AND_LABELS;
  }
}
