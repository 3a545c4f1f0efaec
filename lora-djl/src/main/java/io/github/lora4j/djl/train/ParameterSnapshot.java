package io.github.lora4j.djl.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.Decoder;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One copy of the trainable parameters, in the CPU's memory. Made at the first {@link #take}. */
final class ParameterSnapshot implements AutoCloseable {
  private final List<Parameter> parameters;
  private final TorchOp copyInto;
  private final NDManager manager;
  private final Map<Parameter, NDArray> copies = new LinkedHashMap<>();

  ParameterSnapshot(Decoder decoder, Collection<Parameter> parameters, NDManager parent) {
    this.parameters = List.copyOf(parameters);
    copyInto = decoder.ops().copyInto();
    manager = parent.newSubManager(Device.cpu());
  }

  /** Copies the parameters as they are now, over the copy before. */
  void take() {
    try (EngineMode mode = EngineMode.inference()) {
      for (Parameter parameter : parameters) {
        NDArray value = parameter.getArray();
        NDArray copy =
            copies.computeIfAbsent(
                parameter, p -> manager.create(value.getShape(), value.getDataType()));
        copyInto.apply(copy, value).close();
      }
    }
  }

  /** Sets the parameters to the copy. */
  void restore() {
    try (EngineMode mode = EngineMode.inference()) {
      copies.forEach((parameter, copy) -> copyInto.apply(parameter.getArray(), copy).close());
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
