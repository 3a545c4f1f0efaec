// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.quant.Quantization;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Where and how a checkpoint is loaded.
 *
 * <pre>{@code
 * LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build()
 * }</pre>
 *
 * @param device where the weights lie and the work is done
 * @param quantization how the weights of linear modules are held; empty for float32, or, where the
 *     checkpoint is quantised itself, as it is (transformers: {@code quantization_config})
 * @param keepUnquantized the linear modules that stay in float32; the output head if {@link
 *     ModuleSelector.Unset}. Embeddings and norms always do (transformers: {@code
 *     llm_int8_skip_modules})
 * @param computeType what products with quantised weights are computed in: FLOAT32, or BFLOAT16 or
 *     FLOAT16 where the device is faster in it (transformers: {@code bnb_4bit_compute_dtype}).
 *     Adapters, norms, attention, loss and single tokens stay in float32
 */
public record LoadOptions(
    Device device,
    Optional<Quantization> quantization,
    ModuleSelector keepUnquantized,
    DataType computeType) {
  private static final Set<DataType> COMPUTE_TYPES =
      Set.of(DataType.FLOAT32, DataType.BFLOAT16, DataType.FLOAT16);

  /**
   * Checks the options.
   *
   * @throws ConfigurationException if modules are to be kept although nothing is quantised, all
   *     linear modules are, or the compute type is none of those
   */
  public LoadOptions {
    Objects.requireNonNull(device, "device");
    if (quantization.isEmpty() && !(keepUnquantized instanceof ModuleSelector.Unset)) {
      throw new ConfigurationException(
          "LoadOptions: keepUnquantized says what is left out of a quantisation, but none was"
              + " chosen; call quantization(...) too");
    }
    if (keepUnquantized instanceof ModuleSelector.AllLinear) {
      throw new ConfigurationException(
          "LoadOptions: keepUnquantized all linear modules would quantise nothing; leave"
              + " quantization(...) out");
    }
    if (!COMPUTE_TYPES.contains(computeType)) {
      throw new ConfigurationException(
          "LoadOptions: computeType must be FLOAT32, BFLOAT16 or FLOAT16, was "
              + computeType.name());
    }
  }

  /**
   * The CPU, nothing quantised.
   *
   * @return the options
   */
  public static LoadOptions defaults() {
    return builder().build();
  }

  /**
   * Starts from the defaults.
   *
   * @return the builder
   */
  public static LoadOptionsBuilder builder() {
    return new LoadOptionsBuilder();
  }

  /**
   * Another device.
   *
   * @param device for example {@code Device.gpu()}
   * @return the options with it
   */
  public LoadOptions withDevice(Device device) {
    return new LoadOptions(device, quantization, keepUnquantized, computeType);
  }
}
