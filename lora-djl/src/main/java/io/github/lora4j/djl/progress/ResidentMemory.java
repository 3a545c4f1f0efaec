// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of this process. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private ResidentMemory() {}

  /**
   * What the process takes now.
   *
   * @return bytes in physical memory, libtorch's included; the Java heap in use where unknown
   */
  public static long bytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(RESIDENT)) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024; // given in kB
        }
      }
    } catch (IOException e) {
      return heap(); // no /proc on this system
    }
    return heap();
  }

  private static long heap() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
