// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.Locale;

/**
 * What {@code config.json} says of a checkpoint in AWQ (Lin et al., 2023; transformers: {@code
 * AwqConfig}). Which modules are packed stands with the tensors.
 */
final class AwqConfig {
  static final String METHOD = "awq";

  private static final String VERSION = "gemm";

  private AwqConfig() {}

  /**
   * Reads how the weights are packed.
   *
   * @param config the value of {@link QuantizationConfig#FIELD}
   * @return the format
   * @throws CheckpointException naming the field if it is another than 4 bits with zero points, in
   *     AutoAWQ's version {@code gemm}
   */
  static PackedFormat read(HuggingFaceConfig config) {
    GroupedFormat.requireFourBits(config, "bits", "w_bit");
    String version = config.stringOr(VERSION, "version");
    if (!version.toLowerCase(Locale.ROOT).equals(VERSION)) {
      throw config.error(
          "version",
          "is \"%s\", expected \"%s\"; save the checkpoint in it".formatted(version, VERSION));
    }
    if (!config.boolOr(true, "zero_point")) {
      throw config.error("zero_point", "is false, expected true: version gemm has zero points");
    }
    return new GroupedFormat(
        METHOD,
        GroupPacking.AWQ,
        GroupedFormat.groupSize(config, "group_size", "q_group_size"),
        false);
  }
}
