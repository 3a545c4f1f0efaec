// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.Optional;

/** What {@code config.json} says of a checkpoint that is quantised itself. */
public final class QuantizationConfig {
  /** The field of {@code config.json}. */
  public static final String FIELD = "quantization_config";

  static final String INSTEAD =
      "; load the checkpoint it was made from, with LoadOptions.builder().quantization(...)";

  private QuantizationConfig() {}

  /**
   * Reads the field.
   *
   * @param config the model's configuration
   * @return how the files hold packed weights, or empty if the field is absent
   * @throws CheckpointException naming the method, or what of it is not supported
   */
  public static Optional<PackedFormat> read(HuggingFaceConfig config) {
    return config.object(FIELD).map(QuantizationConfig::of);
  }

  /**
   * How the files of a checkpoint hold packed weights.
   *
   * @param config the model's configuration
   * @return the format that it names, or else that of bitsandbytes, which says it with the tensors
   * @throws CheckpointException as {@link #read}
   */
  public static PackedFormat format(HuggingFaceConfig config) {
    return read(config).orElse(BitsAndBytesTensors.UNNAMED);
  }

  private static PackedFormat of(HuggingFaceConfig field) {
    String method = field.stringOr(BitsAndBytesConfig.METHOD, "quant_method");
    return switch (method) {
      case BitsAndBytesConfig.METHOD ->
          new BitsAndBytesTensors(Optional.of(BitsAndBytesConfig.read(field)));
      case GptqConfig.METHOD -> GptqConfig.read(field);
      case AwqConfig.METHOD -> AwqConfig.read(field);
      default ->
          throw field.error(
              "quant_method",
              "\"%s\" is not supported, only %s, %s and %s are%s"
                  .formatted(
                      method,
                      BitsAndBytesConfig.METHOD,
                      GptqConfig.METHOD,
                      AwqConfig.METHOD,
                      INSTEAD));
    };
  }
}
