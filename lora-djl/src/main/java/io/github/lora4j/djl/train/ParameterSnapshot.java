// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.Decoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One copy of the trainable parameters, in the CPU's memory. Made at the first {@link #take}. */
final class ParameterSnapshot implements AutoCloseable {
  private final Map<String, Parameter> parameters;
  private final TorchOp copyInto;
  private final NDManager manager;
  private final Map<String, NDArray> copies = new LinkedHashMap<>();

  ParameterSnapshot(Decoder decoder, Map<String, Parameter> parameters, NDManager parent) {
    this.parameters = new LinkedHashMap<>(parameters);
    copyInto = decoder.ops().copyInto();
    manager = parent.newSubManager(Device.cpu());
  }

  /** Copies the parameters as they are now, over the copy before. */
  void take() {
    try (EngineMode mode = EngineMode.inference()) {
      parameters.forEach(
          (name, parameter) -> copyInto.apply(copy(name), parameter.getArray()).close());
    }
  }

  private NDArray copy(String name) {
    NDArray value = Objects.requireNonNull(parameters.get(name)).getArray();
    return copies.computeIfAbsent(name, n -> manager.create(value.getShape(), value.getDataType()));
  }

  /** Sets the parameters to the copy. */
  void restore() {
    try (EngineMode mode = EngineMode.inference()) {
      copies.forEach(
          (name, copy) ->
              copyInto
                  .apply(Objects.requireNonNull(parameters.get(name)).getArray(), copy)
                  .close());
    }
  }

  /** The copy, if one was taken. */
  List<TensorEntry> entries() {
    return copies.entrySet().stream()
        .map(entry -> TensorEntry.of(entry.getKey(), entry.getValue()))
        .toList();
  }

  /** Takes a copy that was saved. */
  void load(TensorFile saved) {
    try (EngineMode mode = EngineMode.inference();
        NDManager scope = manager.newSubManager()) {
      for (String name : parameters.keySet()) {
        copyInto.apply(copy(name), saved.tensor(name).toNDArray(scope)).close();
      }
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
