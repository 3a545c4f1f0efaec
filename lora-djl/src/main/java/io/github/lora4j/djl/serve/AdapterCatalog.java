// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.serve.AdapterSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The adapters that requests may use, by name. Safe for use by several threads. */
final class AdapterCatalog {
  private final AdapterSource source;
  private final Map<String, AdapterEntry> entries = new HashMap<>();

  /** Names of the source that are not wanted any more. */
  private final Set<String> hidden = new HashSet<>();

  private long made;

  /**
   * Starts with what a source has.
   *
   * @param source asked for an adapter when it is first named
   */
  AdapterCatalog(AdapterSource source) {
    this.source = source;
  }

  /**
   * An adapter by its name.
   *
   * @throws AdapterException if there is none
   */
  synchronized AdapterEntry get(String name) {
    AdapterEntry known = entries.get(name);
    if (known != null) {
      return known;
    }
    if (hidden.contains(name)) {
      throw unknown(name);
    }
    return put(name, source.directory(name).orElseThrow(() -> unknown(name)));
  }

  /**
   * Adds an adapter.
   *
   * @throws ConfigurationException if the name is taken or none
   */
  synchronized void add(String name, Path directory) {
    if (name.isEmpty()) {
      throw new ConfigurationException("addAdapter: the name must not be empty");
    }
    if (has(name)) {
      throw new ConfigurationException(
          "addAdapter: there is an adapter \"%s\" already; remove it first or choose another name"
              .formatted(name));
    }
    put(name, directory);
  }

  /**
   * Forgets an adapter.
   *
   * @return what it was
   * @throws AdapterException if there is none
   */
  synchronized AdapterEntry remove(String name) {
    AdapterEntry entry = get(name);
    entry.markRemoved();
    entries.remove(name);
    hidden.add(name);
    return entry;
  }

  /** All names, sorted. */
  synchronized List<String> names() {
    Set<String> names = new TreeSet<>(source.names());
    names.removeAll(hidden);
    names.addAll(entries.keySet());
    return List.copyOf(names);
  }

  private boolean has(String name) {
    return entries.containsKey(name)
        || (!hidden.contains(name) && source.directory(name).isPresent());
  }

  /** Keys hold no dot and no user's characters, whatever the name is. */
  private AdapterEntry put(String name, Path directory) {
    AdapterEntry entry = new AdapterEntry("served" + made++, name, directory);
    entries.put(name, entry);
    return entry;
  }

  private static AdapterException unknown(String name) {
    return new AdapterException(
        "there is no adapter \"%s\"; LoraServer.adapters() lists those there are".formatted(name));
  }
}
