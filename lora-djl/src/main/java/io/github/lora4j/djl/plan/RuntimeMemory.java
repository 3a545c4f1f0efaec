// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import ai.djl.Device;

/** What a process takes before it has loaded anything. */
final class RuntimeMemory {
  /** JVM with its usual heap, libtorch and the compiled operators of a step: measured on Linux. */
  private static final long CPU = 400L << 20;

  /** A CUDA context with libtorch's kernels and cuBLAS' workspace: NVIDIA's usual figure. */
  private static final long GPU = 600L << 20;

  private RuntimeMemory() {}

  static long of(Device device) {
    return device.isGpu() ? GPU : CPU;
  }
}
