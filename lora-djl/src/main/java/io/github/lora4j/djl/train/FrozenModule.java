// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.quant.QuantizedTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * A module of the base that trained for some steps, and is frozen again: its values as it has them.
 */
final class FrozenModule {
  private static final String WEIGHT = ".weight";

  private FrozenModule() {}

  /** The values, a quantised weight's as its parts. */
  static List<TensorEntry> entries(ModuleSlot slot) {
    List<TensorEntry> entries = new ArrayList<>(ParameterValues.entries(parameters(slot)));
    if (slot.base() instanceof QuantizedLinear quantized) {
      quantized
          .tensor()
          .parts()
          .forEach((part, array) -> entries.add(TensorEntry.of(partName(slot, part), array)));
    }
    return entries;
  }

  private static Map<String, Parameter> parameters(ModuleSlot slot) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    slot.base()
        .getDirectParameters()
        .forEach(pair -> parameters.put(slot.name() + "." + pair.getKey(), pair.getValue()));
    return parameters;
  }

  private static String partName(ModuleSlot slot, String part) {
    return slot.name() + WEIGHT + "." + part;
  }

  /** Gives a module the values that were saved. */
  static void restore(ModuleSlot slot, TensorFile saved, TorchOp copyInto) {
    ParameterValues.restore(parameters(slot), saved, copyInto);
    if (slot.base() instanceof QuantizedLinear quantized) {
      QuantizedTensor before = Thawed.Dequantized.tensor(slot, quantized);
      replace(
          slot,
          quantized,
          (owner, name) -> {
            try (NDManager scope = owner.newSubManager()) {
              Map<String, NDArray> parts = new LinkedHashMap<>();
              before
                  .parts()
                  .keySet()
                  .forEach(
                      part -> parts.put(part, saved.tensor(partName(slot, part)).toNDArray(scope)));
              return QuantizedTensor.restore(
                  owner, name, before.quantization(), before.shape(), parts);
            }
          });
    }
  }

  /**
   * Puts another quantised weight in a module's place, and frees the one before.
   *
   * @param made makes it on a manager, under a name for messages
   */
  static void replace(
      ModuleSlot slot,
      QuantizedLinear quantized,
      BiFunction<NDManager, String, QuantizedTensor> made) {
    QuantizedTensor before = Thawed.Dequantized.tensor(slot, quantized);
    NDManager owner = before.parts().values().iterator().next().getManager().getParentManager();
    QuantizedTensor after = made.apply(owner, slot.name() + WEIGHT);
    slot.settle(quantized.withTensor(after, quantized.bias().base().map(Parameter::getArray)));
    before.close();
  }
}
