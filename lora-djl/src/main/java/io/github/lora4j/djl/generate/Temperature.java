// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

/**
 * Sharpens (below 1) or flattens (above 1) the distribution: l/t (transformers: {@code
 * TemperatureLogitsWarper}).
 *
 * @param temperature t, positive
 */
record Temperature(float temperature) implements LogitsProcessor {
  @Override
  public void process(float[] logits, TokenHistory history) {
    for (int i = 0; i < logits.length; i++) {
      logits[i] /= temperature;
    }
  }
}
