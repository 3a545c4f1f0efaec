// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/**
 * What an adapter of virtual tokens needs to know of its model.
 *
 * @param tokenDim values of a virtual token: the hidden size, or for a prefix those of a layer's
 *     keys (PEFT: {@code token_dim})
 * @param numLayers layers of the model
 * @param numAttentionHeads heads that {@code tokenDim} is divided into
 */
public record PromptDimensions(int tokenDim, int numLayers, int numAttentionHeads) {
  /**
   * Checks the numbers.
   *
   * @throws ConfigurationException if one is below 1
   */
  public PromptDimensions {
    ConfigRules rules = new ConfigRules(PromptLearningConfig.class);
    rules.atLeastOne("tokenDim", tokenDim);
    rules.atLeastOne("numLayers", numLayers);
    rules.atLeastOne("numAttentionHeads", numAttentionHeads);
  }
}
