// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Finds tensors by name. */
final class TensorTable {
  private final Path path;
  private final Map<String, StoredTensor> tensors;
  private final List<String> names;

  TensorTable(Path path, Map<String, StoredTensor> tensors) {
    this.path = path;
    this.tensors = tensors;
    this.names = List.copyOf(tensors.keySet());
  }

  List<String> names() {
    return names;
  }

  boolean contains(String name) {
    return tensors.containsKey(name);
  }

  StoredTensor tensor(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException(
          path + ": no tensor '" + name + "' among its " + names.size() + ": " + sample());
    }
    return tensor;
  }

  private String sample() {
    int shown = Math.min(5, names.size());
    return String.join(", ", names.subList(0, shown)) + (shown < names.size() ? ", …" : "");
  }
}
