// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where Jazzer comes in. Its arguments name the target; what leaves {@link #fuzzerTestOneInput} as
 * an exception, takes too long or runs out of memory is a finding.
 */
public final class JazzerEntry {
  private static Path directory = Path.of(".");
  private static FuzzTarget target = FuzzTarget.SAFETENSORS;

  private JazzerEntry() {}

  /**
   * Called once.
   *
   * @param arguments the target's label
   * @throws IOException if there is no directory to work in
   */
  public static void fuzzerInitialize(String[] arguments) throws IOException {
    target = FuzzTarget.labelled(arguments[0]);
    Path memory = Path.of("/dev/shm");
    directory =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "fuzz")
            : Files.createTempDirectory("fuzz");
  }

  /**
   * Called for each input.
   *
   * @param input the bytes
   * @throws IOException if the directory to work in fails
   */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    Outcome.of(target, input, directory);
  }
}
