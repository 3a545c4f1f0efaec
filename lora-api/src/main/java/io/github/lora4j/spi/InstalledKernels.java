// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

import ai.djl.Device;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.quant.QuantizationFormat;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** The kernels on the class path, found once: they hold compiled code. */
final class InstalledKernels {
  private static final List<QuantizationKernels> BEST_FIRST =
      ServiceLoader.load(QuantizationKernels.class).stream()
          .map(ServiceLoader.Provider::get)
          .sorted(Comparator.comparingInt(QuantizationKernels::priority).reversed())
          .toList();

  private InstalledKernels() {}

  static QuantizationKernels find(Device device, QuantizationFormat format) {
    return BEST_FIRST.stream()
        .filter(kernels -> kernels.supports(device, format))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "no implementation of "
                        + format.label()
                        + " for "
                        + device
                        + " on the class path; add the dependency io.github.lora4j:lora-djl"));
  }
}
