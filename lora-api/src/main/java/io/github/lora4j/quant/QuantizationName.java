// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import io.github.lora4j.ConfigurationException;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The names of quantisations: FORMAT[-double][-bBLOCKSIZE]. */
final class QuantizationName {
  private static final String DOUBLE = "-double";
  private static final String BLOCK = "-b";
  private static final Pattern NAME =
      Pattern.compile("(?<format>.+?)(?<double>-double)?(-b(?<block>\\d{1,9}))?");

  private QuantizationName() {}

  static String of(Quantization quantization) {
    StringBuilder name = new StringBuilder(quantization.format().label());
    if (quantization.doubleQuantized()) {
      name.append(DOUBLE);
    }
    if (quantization.blockSize() != quantization.format().defaultBlockSize()) {
      name.append(BLOCK).append(quantization.blockSize());
    }
    return name.toString();
  }

  static Quantization parse(String name) {
    Matcher parts = NAME.matcher(name.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw unknown(name);
    }
    Quantization quantization = Quantization.of(format(parts.group("format"), name));
    if (parts.group("double") != null) {
      quantization = quantization.doubleQuantization();
    }
    String block = parts.group("block");
    return block == null ? quantization : quantization.blockSize(Integer.parseInt(block));
  }

  private static QuantizationFormat format(String label, String name) {
    return Arrays.stream(QuantizationFormat.values())
        .filter(format -> format.label().equals(label))
        .findFirst()
        .orElseThrow(() -> unknown(name));
  }

  private static ConfigurationException unknown(String name) {
    String labels =
        Arrays.stream(QuantizationFormat.values())
            .map(QuantizationFormat::label)
            .collect(Collectors.joining(", "));
    return new ConfigurationException(
        "unknown quantisation '"
            + name
            + "'; expected one of "
            + labels
            + ", then -double (nf4 and fp4) and -bN (a block size) where wanted, for example"
            + " nf4-double or int8-b128");
  }
}
