// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

/** How many threads the engine uses for one operation. */
final class EngineThreads {
  private static final String PROPERTY = "ai.djl.pytorch.num_threads";

  private EngineThreads() {}

  /**
   * Asks for one thread, unless the user asked for a number. Matrices of a tiny model are done
   * before a second thread has woken up, and where other programs are running, the first then waits
   * for it. Counts only before the engine is loaded.
   */
  static void one() {
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, "1");
    }
  }
}
