// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole directories on a disk. */
final class Disk {
  private Disk() {}

  /** Deletes a directory and what is in it; links are deleted and not followed. */
  static void deleteTree(Path directory) throws IOException {
    List<Path> inside;
    try (Stream<Path> all = Files.walk(directory)) {
      inside = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : inside) {
      Files.deleteIfExists(path);
    }
  }
}
