// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/** Which keys a query of a sequence sees. */
public enum AttentionMask {
  /** Those before it and its own. */
  CAUSAL("0., True", ""),
  /** All, their scores added to by a mask [1, H or 1, L, L], −∞ where a key is hidden. */
  ADDITIVE("0., False", "mask"),
  /** All. */
  NONE("0., False", "");

  private final String dropoutAndCausality;
  private final String mask;

  AttentionMask(String dropoutAndCausality, String mask) {
    this.dropoutAndCausality = dropoutAndCausality;
    this.mask = mask;
  }

  /** How an operator declares it. */
  String parameter() {
    return mask.isEmpty() ? "" : ", mask: Tensor";
  }

  /** How {@code scaled_dot_product_attention} is told. */
  String arguments() {
    return (mask.isEmpty() ? "None" : mask) + ", " + dropoutAndCausality;
  }

  /** How the operators for the CPU are told. */
  String argumentsOnCpu() {
    return dropoutAndCausality + (mask.isEmpty() ? "" : ", attn_mask=mask");
  }
}
