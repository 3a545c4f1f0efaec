// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve;

import io.github.lora4j.LoraException;
import io.github.lora4j.examples.quickstart.Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The checkpoint that is served: the user's, or the bundled one, unpacked for as long as it is
 * open.
 *
 * @param directory the checkpoint
 * @param name what clients call it
 * @param unpacked a directory to be deleted in the end
 */
record ServedCheckpoint(Path directory, String name, Optional<Path> unpacked)
    implements AutoCloseable {
  private static final String BUNDLED = "lora4j-quickstart";

  static ServedCheckpoint of(Path directory, Optional<String> name) {
    Path last = directory.toAbsolutePath().normalize().getFileName();
    return new ServedCheckpoint(
        directory, name.orElse(last == null ? "base" : last.toString()), Optional.empty());
  }

  /** The small model of the quick start. */
  static ServedCheckpoint bundled(Optional<String> name) {
    try {
      Path unpacked = Files.createTempDirectory("lora4j-serve");
      Bundle.copyTo(unpacked);
      return new ServedCheckpoint(
          unpacked.resolve(Bundle.MODEL), name.orElse(BUNDLED), Optional.of(unpacked));
    } catch (IOException e) {
      throw new LoraException("no temporary directory: " + e, e);
    }
  }

  @Override
  public void close() {
    unpacked.ifPresent(ServedCheckpoint::delete);
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
