// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.quant.DequantizedType;
import io.github.lora4j.quant.PackedTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** A tensor in the format of another program, of whose parts an operator makes numbers. */
final class ScriptedTensor implements PackedTensor {
  private final NDManager arrays;
  private final String label;
  private final Shape shape;
  private final String script;
  private final Map<String, NDArray> parts;

  private ScriptedTensor(
      NDManager arrays, String label, Shape shape, String script, Map<String, NDArray> parts) {
    this.arrays = arrays;
    this.label = label;
    this.shape = shape;
    this.script = script;
    this.parts = Collections.unmodifiableMap(parts);
  }

  /** Gathers the parts of a tensor in the order of its operator's arguments. */
  static final class Parts {
    private final NDManager owner;
    private final Map<String, NDArray> made = new LinkedHashMap<>();

    private Parts(NDManager owner) {
      this.owner = owner;
    }

    /** Adds a part that is made on the tensor's own manager. */
    void add(String name, Function<NDManager, NDArray> part) {
      made.put(name, part.apply(owner));
    }
  }

  /**
   * Makes a tensor, whole or not at all.
   *
   * @param manager the tensor's arrays live no longer than it
   * @param label what it is packed in
   * @param shape its shape
   * @param script the operator: the parts in their order → the numbers, float32, in row-major order
   * @param reader adds the parts
   * @return the tensor
   */
  static ScriptedTensor make(
      NDManager manager, String label, Shape shape, String script, Consumer<Parts> reader) {
    NDManager arrays = manager.newSubManager();
    try {
      Parts parts = new Parts(arrays);
      reader.accept(parts);
      return new ScriptedTensor(arrays, label, shape, script, parts.made);
    } catch (RuntimeException | Error e) {
      arrays.close();
      throw e;
    }
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public Map<String, NDArray> parts() {
    return parts;
  }

  @Override
  public NDArray dequantize(NDManager manager, DataType type) {
    DequantizedType.require(type);
    try (EngineMode mode = EngineMode.inference();
        NDArray flat = QuantizationOps.of(script).apply(parts.values().toArray(NDArray[]::new))) {
      NDArray numbers = flat.reshape(shape);
      numbers.attach(manager);
      return QuantizationOps.rounded(manager, numbers, type);
    }
  }

  @Override
  public void close() {
    arrays.close();
  }

  @Override
  public String toString() {
    return label + " " + shape;
  }
}
