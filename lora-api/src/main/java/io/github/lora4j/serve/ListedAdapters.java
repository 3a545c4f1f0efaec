// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Adapters whose directories are known one by one.
 *
 * @param directories by name
 */
record ListedAdapters(Map<String, Path> directories) implements AdapterSource {
  /** Copies the map. */
  ListedAdapters {
    directories = Map.copyOf(directories);
  }

  @Override
  public Set<String> names() {
    return directories.keySet();
  }

  @Override
  public Optional<Path> directory(String name) {
    return Optional.ofNullable(directories.get(name));
  }
}
