// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps glibc from giving large blocks back to the kernel after each operator and faulting them in
 * again at the next: a training step is about a tenth faster for it.
 *
 * <p>Concerns the whole process; {@code -Dio.github.lora4j.malloc=false} leaves glibc alone.
 */
final class MallocThresholds {
  private static final Logger LOGGER = LoggerFactory.getLogger(MallocThresholds.class);
  private static final String SWITCH = "io.github.lora4j.malloc";

  // Parameters of mallopt(3).
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_TOP_PAD = -2;
  private static final int M_MMAP_THRESHOLD = -3;

  private static final int MIB = 1 << 20;

  private MallocThresholds() {}

  /** Raises the thresholds where the C library is glibc. */
  static void raise() {
    if (!Platform.isLinux() || !Boolean.parseBoolean(System.getProperty(SWITCH, "true"))) {
      return;
    }
    try {
      Glibc glibc = Native.load("c", Glibc.class);
      glibc.mallopt(M_MMAP_THRESHOLD, 1024 * MIB);
      glibc.mallopt(M_TRIM_THRESHOLD, 1024 * MIB);
      glibc.mallopt(M_TOP_PAD, 64 * MIB);
    } catch (UnsatisfiedLinkError e) {
      LOGGER.debug("the C library has no mallopt; its thresholds stay as they are", e);
    }
  }

  /** Gives free pages back to the system, wherever in the heap they lie. */
  static void trim() {
    if (Platform.isLinux()) {
      Trim.glibc.ifPresent(glibc -> glibc.malloc_trim(0));
    }
  }

  /** Bound when it is first needed. */
  private static final class Trim {
    private static final Optional<Glibc> glibc = load();

    private static Optional<Glibc> load() {
      try {
        Glibc glibc = Native.load("c", Glibc.class);
        glibc.malloc_trim(0);
        return Optional.of(glibc);
      } catch (UnsatisfiedLinkError e) {
        LOGGER.debug("the C library has no malloc_trim; free memory stays with the process", e);
        return Optional.empty();
      }
    }
  }

  /** The functions of glibc that are called. */
  interface Glibc extends Library {
    /**
     * Sets a parameter of the allocator.
     *
     * @param parameter which
     * @param value its value
     * @return 1 if it was set
     */
    int mallopt(int parameter, int value);

    /**
     * Gives free pages back, wherever in the heap they lie.
     *
     * @param pad bytes to keep at its end
     * @return 1 if there were any
     */
    @SuppressWarnings("MethodName")
    int malloc_trim(long pad);
  }
}
