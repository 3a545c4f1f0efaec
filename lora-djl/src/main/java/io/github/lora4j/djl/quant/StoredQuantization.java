package io.github.lora4j.djl.quant;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.quant.Quantization;
import java.util.Optional;

/**
 * What {@code config.json} says of a checkpoint that is quantised itself.
 *
 * @param label what it is in, for messages
 * @param quantization this library's name of it, the block size left at its default because it
 *     stands with the tensors; empty for a method that only others quantise by
 * @param format how the files hold the weights
 */
public record StoredQuantization(
    String label, Optional<Quantization> quantization, PackedFormat format) {
  /** The field of {@code config.json}. */
  public static final String FIELD = "quantization_config";

  static final String INSTEAD =
      "; load the checkpoint it was made from, with LoadOptions.builder().quantization(...)";

  /**
   * Reads the field.
   *
   * @param config the model's configuration
   * @return how the weights are quantised, or empty if the field is absent
   * @throws CheckpointException naming the method, or what of it is not supported
   */
  public static Optional<StoredQuantization> read(HuggingFaceConfig config) {
    return config.object(FIELD).map(StoredQuantization::of);
  }

  private static StoredQuantization of(HuggingFaceConfig field) {
    String method = field.stringOr(BitsAndBytesConfig.METHOD, "quant_method");
    return switch (method) {
      case BitsAndBytesConfig.METHOD -> bitsAndBytes(BitsAndBytesConfig.read(field));
      case GptqConfig.METHOD -> ofOthers(method, GptqConfig.read(field));
      case AwqConfig.METHOD -> ofOthers(method, AwqConfig.read(field));
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

  private static StoredQuantization bitsAndBytes(Quantization quantization) {
    return new StoredQuantization(
        quantization.name(), Optional.of(quantization), BitsAndBytesTensors.FORMAT);
  }

  private static StoredQuantization ofOthers(String method, PackedFormat format) {
    return new StoredQuantization(method, Optional.empty(), format);
  }

  /**
   * How the files of a checkpoint hold packed weights.
   *
   * @param config the model's configuration
   * @return the format that it names, or else that of bitsandbytes, which says it with the tensors
   * @throws CheckpointException as {@link #read}
   */
  public static PackedFormat format(HuggingFaceConfig config) {
    return read(config).map(StoredQuantization::format).orElse(BitsAndBytesTensors.FORMAT);
  }

  /**
   * Whether a quantisation that a user names is this one, up to the block size.
   *
   * @param wanted what the user names
   * @return true if the files hold that
   */
  public boolean is(Quantization wanted) {
    return quantization
        .filter(own -> own.format() == wanted.format())
        .filter(own -> own.doubleQuantized() == wanted.doubleQuantized())
        .isPresent();
  }
}
