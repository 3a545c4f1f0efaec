// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.HuggingFaceConfig;

/**
 * What {@code config.json} says of a checkpoint in GPTQ (Frantar et al., 2022; transformers: {@code
 * GPTQConfig}). Which modules are packed stands with the tensors.
 */
final class GptqConfig {
  static final String METHOD = "gptq";

  private static final String FORMAT = "checkpoint_format";
  private static final String SECOND = "gptq_v2";

  private GptqConfig() {}

  /**
   * Reads how the weights are packed.
   *
   * @param config the value of {@link QuantizationConfig#FIELD}
   * @return the format
   * @throws CheckpointException naming the field if it is another than 4 bits, packed by AutoGPTQ's
   *     first format or GPTQModel's second
   */
  static PackedFormat read(HuggingFaceConfig config) {
    GroupedFormat.requireFourBits(config, "bits");
    String format = config.stringOr(METHOD, FORMAT, "format");
    boolean known = format.equals(METHOD) || format.equals(SECOND);
    if (!known || config.boolOr(false, "is_marlin_format")) {
      throw config.error(
          FORMAT,
          "is \"%s\", expected \"%s\" or \"%s\"; save the checkpoint in one of them"
              .formatted(known ? "marlin" : format, METHOD, SECOND));
    }
    return new GroupedFormat(
        METHOD,
        format.equals(METHOD) ? GroupPacking.GPTQ : GroupPacking.GPTQ_V2,
        GroupedFormat.groupSize(config, "group_size"),
        config.boolOr(false, "desc_act"));
  }
}
