// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.peft.PeftConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where the adapters of a server lie, by name. Nothing of them is read before it is needed. */
public interface AdapterSource {
  /**
   * What there is.
   *
   * @return the names
   */
  Set<String> names();

  /**
   * Where an adapter lies.
   *
   * @param name its name
   * @return the directory that holds its {@code adapter_config.json}; empty if there is none of
   *     that name
   */
  Optional<Path> directory(String name);

  /**
   * No adapters: requests use the base, or what {@link LoraServer#addAdapter} brings.
   *
   * @return the source
   */
  static AdapterSource none() {
    return of(Map.of());
  }

  /**
   * Adapters by name.
   *
   * @param directories each adapter's own directory
   * @return the source
   */
  static AdapterSource of(Map<String, Path> directories) {
    return new ListedAdapters(directories);
  }

  /**
   * The directories directly under one that hold an {@code adapter_config.json}, by their names; as
   * they are now.
   *
   * @param root the directory
   * @return the source
   * @throws ConfigurationException if it is no directory or cannot be read
   */
  static AdapterSource directory(Path root) {
    try (Stream<Path> entries = Files.list(root)) {
      return of(
          entries
              .filter(entry -> Files.isRegularFile(entry.resolve(PeftConfigJson.FILE_NAME)))
              .collect(Collectors.toMap(entry -> entry.getFileName().toString(), entry -> entry)));
    } catch (IOException e) {
      throw new ConfigurationException(
          "AdapterSource: cannot list %s (%s); give a directory that holds one directory an adapter"
              .formatted(root, e),
          e);
    }
  }
}
