// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Encoder;
import io.github.lora4j.djl.nn.WeightSource;

/** One family of encoders: how its configuration and names map onto the encoder. */
public interface EncoderArchitecture extends ModelFamily {
  /**
   * Builds the encoder with the head that the configuration names.
   *
   * @param config the configuration
   * @param manager owns every weight
   * @param weights where they come from
   * @return the encoder, frozen
   * @throws io.github.lora4j.CheckpointException if the configuration or a weight cannot be
   */
  Encoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights);
}
