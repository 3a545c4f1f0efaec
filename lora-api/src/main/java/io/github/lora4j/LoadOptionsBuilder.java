// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.quant.Quantization;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Builds {@link LoadOptions}. */
public final class LoadOptionsBuilder {
  private Device device = Device.cpu();
  private Optional<Quantization> quantization = Optional.empty();
  private ModuleSelector keepUnquantized = new ModuleSelector.Unset();
  private DataType computeType = DataType.FLOAT32;

  LoadOptionsBuilder() {}

  /**
   * Where the weights lie and the work is done.
   *
   * @param device the CPU by default
   * @return this
   */
  public LoadOptionsBuilder device(Device device) {
    this.device = Objects.requireNonNull(device, "device");
    return this;
  }

  /**
   * Quantises the weights of linear modules while they are loaded.
   *
   * @param quantization for example {@code Quantization.nf4().doubleQuantization()}
   * @return this
   */
  public LoadOptionsBuilder quantization(Quantization quantization) {
    this.quantization = Optional.of(quantization);
    return this;
  }

  /**
   * Leaves linear modules in float32, in the stead of the output head alone.
   *
   * @param names names or ends of names, such as {@code lm_head} or {@code mlp.down_proj}; none to
   *     quantise an untied head too
   * @return this
   */
  public LoadOptionsBuilder keepUnquantized(String... names) {
    keepUnquantized = new ModuleSelector.Names(List.of(names));
    return this;
  }

  /**
   * Leaves linear modules in float32, in the stead of the output head alone.
   *
   * @param expression matches whole names, in Python's syntax
   * @return this
   */
  public LoadOptionsBuilder keepUnquantizedRegex(String expression) {
    keepUnquantized = new ModuleSelector.Regex(expression);
    return this;
  }

  /**
   * The type that products with quantised weights are computed in.
   *
   * @param type FLOAT32, or BFLOAT16 or FLOAT16 where the device is faster in it; loading refuses
   *     it where it is not
   * @return this
   */
  public LoadOptionsBuilder computeType(DataType type) {
    computeType = Objects.requireNonNull(type, "type");
    return this;
  }

  /**
   * The options.
   *
   * @return the options
   * @throws ConfigurationException naming the option that is wrong
   */
  public LoadOptions build() {
    return new LoadOptions(device, quantization, keepUnquantized, computeType);
  }
}
