package io.github.lora4j.djl.train;

import io.github.lora4j.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds out before hours of training whether their result can be saved. */
final class OutputDirectory {
  private OutputDirectory() {}

  /**
   * Makes the directory if need be, and tries to write in it.
   *
   * @throws ConfigurationException if that fails
   */
  static void requireWritable(Path directory) {
    try {
      Files.createDirectories(directory);
      Files.delete(Files.createTempFile(directory, ".write-test", ".tmp"));
    } catch (IOException e) {
      throw new ConfigurationException(
          "FineTuner: outputDir %s cannot be written: %s; nothing was trained, choose another"
              .formatted(directory, e),
          e);
    }
  }
}
