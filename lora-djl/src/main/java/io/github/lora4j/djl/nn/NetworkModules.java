// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.quant.ComputeType;
import io.github.lora4j.quant.PackedTensor;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the modules of one network from their weights, and knows them by their paths. */
final class NetworkModules {
  private final NDManager manager;
  private final WeightSource weights;
  private final TorchOps ops;
  private final DirectStore store;
  private final ComputeType compute;
  private final Map<String, ModuleSlot> byName = new LinkedHashMap<>();

  /**
   * Starts a network.
   *
   * @param manager owns every weight
   * @param weights where they come from
   */
  NetworkModules(NDManager manager, WeightSource weights) {
    this.manager = manager;
    this.weights = weights;
    ops = new TorchOps(manager);
    store = new DirectStore(manager);
    compute = ComputeType.of(ops, weights.computeType());
  }

  /** The operators of the network. */
  TorchOps ops() {
    return ops;
  }

  /** The modules made so far, in the order they were made. */
  Map<String, ModuleSlot> byName() {
    return byName;
  }

  /** A table of rows by id, shape (rows, width). */
  ModuleSlot embedding(String name, int rows, int width) {
    return embedding(name, rows, width, 1);
  }

  /** A table of rows by id, shape (rows, width), multiplied by a factor when they are looked up. */
  ModuleSlot embedding(String name, int rows, int width, double scale) {
    NDArray table = weights.load(manager, name + ".weight", new Shape(rows, width));
    return slot(
        new AdaptableModule(name, Kind.EMBEDDING, false, rows, width, false),
        new TokenEmbedding(ops, table, scale));
  }

  /** A root-mean-square norm by a weight to which an offset is added. */
  ModuleSlot rmsNorm(String name, int width, double epsilon, double offset) {
    NDArray weight = weights.load(manager, name + ".weight", new Shape(width));
    return slot(
        new AdaptableModule(name, Kind.NORM, false, width, width, false),
        new RmsNorm(ops, weight, epsilon, offset));
  }

  /** A layer norm. */
  ModuleSlot layerNorm(String name, int width, boolean bias, double epsilon) {
    AdaptableModule module = new AdaptableModule(name, Kind.NORM, false, width, width, bias);
    NDArray weight = weights.load(manager, name + ".weight", new Shape(width));
    return slot(module, new LayerNorm(ops, weight, bias(module), epsilon));
  }

  /** A linear map that is no head onto a vocabulary. */
  ModuleSlot linear(String name, int in, int out, boolean bias) {
    return linear(new AdaptableModule(name, Kind.LINEAR, false, in, out, bias));
  }

  /** A linear map, quantised if its weight comes so. */
  ModuleSlot linear(AdaptableModule module) {
    if (!weights.isQuantized(module)) {
      NDArray weight = weights.loadLinear(manager, module);
      return slot(module, new DenseLinear(ops, weight, bias(module)));
    }
    PackedTensor tensor = weights.loadQuantized(manager, module);
    return slot(module, new QuantizedLinear(ops, tensor, bias(module), compute));
  }

  /** A linear map whose weight is an embedding's table. */
  ModuleSlot tiedLinear(AdaptableModule module, ModuleSlot embedding) {
    NDArray table = embedding.base().getDirectParameters().get("weight").getArray();
    return slot(module, new DenseLinear(ops, table, bias(module)));
  }

  private @Nullable NDArray bias(AdaptableModule module) {
    return module.bias()
        ? weights.load(manager, module.name() + ".bias", new Shape(module.outFeatures()))
        : null;
  }

  /**
   * Linear maps of one input. Their weights are laid together in memory, each a view of its rows;
   * quantised ones lie apart, as each is quantised by itself.
   */
  List<ModuleSlot> linears(
      String path, List<String> names, int in, List<Integer> outs, boolean bias) {
    List<AdaptableModule> linears = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      linears.add(
          new AdaptableModule(path + names.get(i), Kind.LINEAR, false, in, outs.get(i), bias));
    }
    boolean apart = !weights.mayLieTogether() || linears.stream().anyMatch(weights::isQuantized);
    return apart ? linears.stream().map(this::linear).toList() : jointLinears(linears, in, outs);
  }

  private List<ModuleSlot> jointLinears(List<AdaptableModule> linears, int in, List<Integer> outs) {
    int rows = outs.stream().mapToInt(Integer::intValue).sum();
    JointWeight joint = new JointWeight(manager.zeros(new Shape(rows, in), DataType.FLOAT32), outs);
    List<ModuleSlot> slots = new ArrayList<>();
    for (int i = 0; i < linears.size(); i++) {
      AdaptableModule module = linears.get(i);
      NDArray view = rows(joint, i);
      Shape shape = new Shape(module.outFeatures(), in);
      try (NDArray loaded = weights.load(manager, module.name() + ".weight", shape)) {
        ops.copyInto().apply(view, loaded).close();
      }
      slots.add(slot(module, new DenseLinear(ops, view, bias(module), joint)));
    }
    return slots;
  }

  private NDArray rows(JointWeight joint, int part) {
    try (NDArray span = manager.create(new long[] {joint.offset(part), joint.offset(part + 1)})) {
      return ops.viewRows().apply(joint.rows(), span);
    }
  }

  private ModuleSlot slot(AdaptableModule module, WeightBlock block) {
    ModuleSlot slot = new ModuleSlot(module, store, ops, block);
    byName.put(module.name(), slot);
    return slot;
  }
}
