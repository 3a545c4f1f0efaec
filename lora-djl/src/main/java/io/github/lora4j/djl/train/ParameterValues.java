// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import java.util.List;
import java.util.Map;

/** The values of parameters on their way to a file and back, exactly. */
final class ParameterValues {
  private ParameterValues() {}

  static List<TensorEntry> entries(Map<String, Parameter> parameters) {
    return parameters.entrySet().stream()
        .map(entry -> TensorEntry.of(entry.getKey(), entry.getValue().getArray()))
        .toList();
  }

  /**
   * Sets parameters in place.
   *
   * @param parameters by the names they have in the file
   * @param saved has all of them, in the same shapes
   * @param copyInto the operator that writes an array's values over another's
   */
  static void restore(Map<String, Parameter> parameters, TensorFile saved, TorchOp copyInto) {
    try (EngineMode mode = EngineMode.inference()) {
      parameters.forEach(
          (name, parameter) -> {
            NDArray array = parameter.getArray();
            try (NDManager scope = array.getManager().newSubManager()) {
              copyInto.apply(array, saved.tensor(name).toNDArray(scope)).close();
            }
          });
    }
  }
}
