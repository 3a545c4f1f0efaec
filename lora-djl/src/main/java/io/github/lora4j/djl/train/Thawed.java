// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.DenseLinear;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.quant.QuantizedTensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** A module of the base that trains until it is closed. */
interface Thawed extends AutoCloseable {
  /**
   * What trains.
   *
   * @return by the names of the base
   */
  Map<String, Parameter> parameters();

  /** Freezes the module again, its values as they are now; its gradients take no memory then. */
  @Override
  void close();

  /** Unfreezes a module; a quantised one trains in float32 until it is quantised again. */
  static Thawed module(ModuleSlot slot, TorchOps ops) {
    return slot.base() instanceof QuantizedLinear quantized
        ? Dequantized.of(slot, quantized, ops)
        : Dense.of(slot, slot.base().getDirectParameters().toMap(), ops);
  }

  /** A module whose parameters are arrays of the base. */
  record Dense(Map<String, Parameter> parameters, TorchOps ops) implements Thawed {
    static Dense of(ModuleSlot slot, Map<String, Parameter> own, TorchOps ops) {
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      own.forEach(
          (name, parameter) -> {
            // A tied head's weight is its embedding's table, which thaws once.
            if (!parameter.getArray().hasGradient()) {
              parameters.put(slot.name() + "." + name, parameter);
            }
          });
      parameters.values().forEach(parameter -> thaw(parameter, ops));
      return new Dense(parameters, ops);
    }

    /** An array keeps its gradient's tensor for life, so that it is emptied and filled again. */
    private static void thaw(Parameter parameter, TorchOps ops) {
      parameter.freeze(false);
      try (EngineMode mode = EngineMode.inference();
          NDArray gradient = parameter.getArray().getGradient()) {
        if (gradient.size() == 0) {
          ops.refill().apply(gradient, parameter.getArray()).close();
        }
      }
    }

    @Override
    public void close() {
      try (EngineMode mode = EngineMode.inference()) {
        for (Parameter parameter : parameters.values()) {
          try (NDArray gradient = parameter.getArray().getGradient()) {
            ops.empty().apply(gradient).close();
          }
          parameter.freeze(true);
        }
      }
    }
  }

  /** A quantised linear module, dequantised. */
  record Dequantized(ModuleSlot slot, QuantizedLinear quantized, DenseLinear dense, Dense trained)
      implements Thawed {
    static Dequantized of(ModuleSlot slot, QuantizedLinear quantized, TorchOps ops) {
      tensor(slot, quantized);
      DenseLinear dense = quantized.withWeights((name, value) -> value);
      slot.standIn(dense);
      return new Dequantized(
          slot, quantized, dense, Dense.of(slot, dense.getDirectParameters().toMap(), ops));
    }

    /** The weight, which must be one that can be quantised again. */
    static QuantizedTensor tensor(ModuleSlot slot, QuantizedLinear quantized) {
      return quantized.requireRequantizable(
          "LISA", slot.name(), "train an adapter with LoraModel.wrap");
    }

    @Override
    public Map<String, Parameter> parameters() {
      return trained.parameters();
    }

    @Override
    public void close() {
      trained.close();
      QuantizedTensor before = tensor(slot, quantized);
      try (NDArray weight = dense.getDirectParameters().get("weight").getArray()) {
        FrozenModule.replace(
            slot,
            quantized,
            (owner, name) -> QuantizedTensor.quantize(owner, name, weight, before.quantization()));
      } finally {
        slot.standIn(null);
        PyTorchEngine.trimMemory(before.shape().size());
      }
    }
  }
}
