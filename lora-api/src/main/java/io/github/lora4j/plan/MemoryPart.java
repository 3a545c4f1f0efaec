// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

/** What takes memory at the moment of a training step when most is taken. */
public enum MemoryPart {
  /** The base's weights: float32 numbers, and the codes of quantised ones. */
  WEIGHTS("weights"),
  /** The scales of quantised weights, and their scales under double quantisation. */
  QUANTIZATION_CONSTANTS("quantisation constants"),
  /** What trains: A and B, modules saved in full, biases; float32. */
  ADAPTERS("adapters"),
  /** A float32 gradient for each number that trains, summed in place over micro-batches. */
  GRADIENTS("gradients"),
  /** The optimizer's two moments, as far as they are in memory. */
  OPTIMIZER_STATE("optimizer state"),
  /** What the forward pass keeps for the backward pass, segment inputs included. */
  ACTIVATIONS("activations"),
  /** Quantised weights written out in float32 for the time of their products. */
  DEQUANTIZED_WEIGHTS("dequantised weights"),
  /** The largest of what is needed for a moment: a layer's gradients, a chunk of logits. */
  WORKING_MEMORY("working memory"),
  /** The JVM and libtorch with nothing loaded: measured, not computed. */
  RUNTIME("runtime");

  private final String label;

  MemoryPart(String label) {
    this.label = label;
  }

  /**
   * The part's name in a table.
   *
   * @return a few words
   */
  public String label() {
    return label;
  }
}
