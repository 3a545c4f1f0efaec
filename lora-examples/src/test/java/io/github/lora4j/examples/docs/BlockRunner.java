// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs compiled blocks in a JVM of its own, because their paths are relative. */
public final class BlockRunner {
  private BlockRunner() {}

  /**
   * Runs blocks.
   *
   * @param args a directory for results, then names of classes; of each that fails the stack trace
   *     goes to the file of its name
   */
  public static void main(String[] args) throws Exception {
    Path results = Path.of(args[0]);
    for (int i = 1; i < args.length; i++) {
      try (Preamble block =
          (Preamble) Class.forName(args[i]).getDeclaredConstructor().newInstance()) {
        block.run();
        Files.writeString(results.resolve(args[i]), "");
      } catch (Throwable e) {
        try (PrintWriter writer =
            new PrintWriter(Files.newBufferedWriter(results.resolve(args[i])))) {
          e.printStackTrace(writer);
        }
      }
    }
  }
}
