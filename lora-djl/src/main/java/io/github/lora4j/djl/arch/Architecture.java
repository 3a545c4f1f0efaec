// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.WeightSource;

/** One family of causal language models: how its configuration and names map onto the decoder. */
public interface Architecture extends ModelFamily {
  /**
   * Builds the decoder.
   *
   * @param config the configuration
   * @param manager owns every weight
   * @param weights where they come from
   * @return the decoder, frozen
   * @throws io.github.lora4j.CheckpointException if the configuration or a weight cannot be
   */
  Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights);
}
