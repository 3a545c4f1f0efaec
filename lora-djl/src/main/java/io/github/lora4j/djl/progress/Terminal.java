// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether somebody watches a stream on a terminal. */
final class Terminal {
  private Terminal() {}

  static boolean is(PrintStream stream) {
    if (stream == System.out) {
      return isTerminal(1);
    }
    return stream == System.err && isTerminal(2);
  }

  /**
   * {@link System#console} tells nothing of a single stream, nor, since Java 22, of redirection.
   * Where there is no {@code /proc}, no: lines do no harm on a terminal, a bar in a log file does.
   */
  private static boolean isTerminal(int descriptor) {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
