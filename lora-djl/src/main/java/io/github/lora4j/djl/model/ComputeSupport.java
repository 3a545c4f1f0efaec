// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/** Which types a device computes in at a speed that makes them worth having. */
final class ComputeSupport {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  private ComputeSupport() {}

  /**
   * Refuses a compute type that would not be used, or that is slower than float32.
   *
   * @throws ConfigurationException saying what to choose
   */
  static void require(LoadOptions options, boolean quantized) {
    DataType type = options.computeType();
    if (type == DataType.FLOAT32) {
      return;
    }
    if (!quantized) {
      throw new ConfigurationException(
          "LoadOptions: computeType %s is for quantised weights, and none is; choose quantization(...) or leave computeType out"
              .formatted(type.name()));
    }
    if (!isFast(type, options.device())) {
      throw new ConfigurationException(
          "LoadOptions: computeType %s is slower than FLOAT32 on %s%s; leave it out"
              .formatted(
                  type.name(),
                  options.device(),
                  type == DataType.BFLOAT16 ? ", a processor without " + BFLOAT16 : ""));
    }
  }

  private static boolean isFast(DataType type, Device device) {
    return device.isGpu() || (type == DataType.BFLOAT16 && processorHasBFloat16());
  }

  static boolean processorHasBFloat16() {
    try {
      return Files.readAllLines(PROCESSOR).stream()
          .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
          .flatMap(line -> Arrays.stream(line.split("\\s+")))
          .anyMatch(BFLOAT16::contains);
    } catch (IOException e) {
      return false; // no Linux: nothing is known of the processor
    }
  }
}
