// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.AdapterException;
import java.nio.file.Path;

/** An adapter that requests may use, in memory or not. An added one that was removed is another. */
final class AdapterEntry {
  private final String key;
  private final String name;
  private final Path directory;
  private volatile boolean removed;

  /**
   * Creates the entry.
   *
   * @param key unlike that of any other entry, ever
   * @param name what requests call it
   * @param directory where it lies
   */
  AdapterEntry(String key, String name, Path directory) {
    this.key = key;
    this.name = name;
    this.directory = directory;
  }

  String key() {
    return key;
  }

  String name() {
    return name;
  }

  Path directory() {
    return directory;
  }

  /** From now on no request starts under it. */
  void markRemoved() {
    removed = true;
  }

  boolean isRemoved() {
    return removed;
  }

  AdapterException removal() {
    return new AdapterException(
        "the adapter \"%s\" was removed while the request waited for it".formatted(name));
  }
}
