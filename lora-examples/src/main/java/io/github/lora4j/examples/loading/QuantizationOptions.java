// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.loading;

import ai.djl.ndarray.types.DataType;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoadOptionsBuilder;
import io.github.lora4j.quant.Quantization;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the base's linear weights are held. */
public final class QuantizationOptions {
  @Option(
      names = "--quantization",
      paramLabel = "NAME",
      converter = QuantizationConverter.class,
      description =
          "Quantise the base while loading: nf4, nf4-double, fp4, fp4-double, int8, int8-dynamic,"
              + " int4, each with -b and a block size if wanted. As the checkpoint is by default.")
  private Optional<Quantization> quantization = Optional.empty();

  @Option(
      names = "--keep-unquantized",
      paramLabel = "NAMES",
      split = ",",
      description =
          "Linear modules to leave in float32, by names or ends of names; the output head by"
              + " default, none if empty.")
  private @Nullable List<String> keepUnquantized;

  @Option(
      names = "--compute-type",
      paramLabel = "TYPE",
      description =
          "What products with quantised weights are computed in: float32 (the default), or bfloat16"
              + " where the processor has instructions for it.")
  private ComputeWord computeType = ComputeWord.float32;

  /** Made by picocli. */
  public QuantizationOptions() {}

  /**
   * The quantisation.
   *
   * @return the quantisation, or empty for the checkpoint's own
   */
  public Optional<Quantization> quantization() {
    return quantization;
  }

  /**
   * The options to load a model with.
   *
   * @return the options
   * @throws io.github.lora4j.ConfigurationException if modules are to be kept of no quantisation
   */
  public LoadOptions loadOptions() {
    LoadOptionsBuilder builder = LoadOptions.builder();
    quantization.ifPresent(builder::quantization);
    if (keepUnquantized != null) {
      builder.keepUnquantized(
          keepUnquantized.stream().filter(name -> !name.isEmpty()).toArray(String[]::new));
    }
    return builder.computeType(computeType.type()).build();
  }

  /** The compute types as they are typed. */
  private enum ComputeWord {
    float32(DataType.FLOAT32),
    bfloat16(DataType.BFLOAT16),
    float16(DataType.FLOAT16);

    private final DataType type;

    ComputeWord(DataType type) {
      this.type = type;
    }

    DataType type() {
      return type;
    }
  }
}
