// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.loading;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.quant.Quantization;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a quantisation's name. */
final class QuantizationConverter implements ITypeConverter<Quantization> {
  @Override
  public Quantization convert(String value) {
    try {
      return Quantization.parse(value);
    } catch (ConfigurationException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
