// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.MergeReport;
import io.github.lora4j.MergeReport.MergedWeight;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.TokenRows;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.quant.QuantizedTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Adapters merged into copies of the base's weights, to be undone or kept. The base's own weights
 * are not written, so that a table which two modules share is changed for one of them only, and
 * undoing is exact.
 */
final class NetworkMerge implements Merge {
  private final Network network;
  private final NetworkAdapters adapters;
  private final NDManager manager;
  private final Map<ModuleSlot, WeightBlock> merged = new LinkedHashMap<>();
  private final List<MergedWeight> report = new ArrayList<>();

  private NetworkMerge(Network network, NetworkAdapters adapters, NDManager parent) {
    this.network = network;
    this.adapters = adapters;
    manager = parent.newSubManager();
  }

  /**
   * Merges.
   *
   * @param network the network
   * @param adapters its adapters in use
   * @param parent a sub-manager of it owns the merged weights
   * @return the merge, in force
   */
  static NetworkMerge of(Network network, NetworkAdapters adapters, NDManager parent) {
    adapters.requireMergeable();
    NetworkMerge merge = new NetworkMerge(network, adapters, parent);
    try {
      for (ModuleSlot slot : network.modules()) {
        List<LoraAdapter> factors = adapters.factors(slot);
        if (!factors.isEmpty()) {
          merge.merged.put(slot, merge.copy(slot, factors));
        }
      }
      merge.mergeRows();
      merge.mergeTied();
      merge.merged.forEach(ModuleSlot::standIn);
      return merge;
    } catch (RuntimeException e) {
      merge.undo();
      throw e;
    }
  }

  private WeightBlock copy(ModuleSlot slot, List<LoraAdapter> factors) {
    if (slot.base() instanceof QuantizedLinear quantized) {
      return requantized(slot, quantized, factors);
    }
    String name = slot.name() + ".weight";
    return slot.base()
        .withWeights(
            (parameter, value) ->
                parameter.equals("weight")
                    ? sum(name, value, factors)
                    : mergedBias(slot, value, factors));
  }

  private void mergeRows() {
    adapters
        .ownRows(network)
        .forEach((slot, rows) -> merged.put(slot, withWeight(slot, replaced(slot, rows))));
  }

  private NDArray replaced(ModuleSlot slot, TokenRows rows) {
    String name = slot.name() + ".weight";
    NDArray table = SafeMerge.requireFinite(name, rows.in(weight(slot.base()), manager));
    report.add(new MergedWeight(name, table.size(), 0, 0));
    return table;
  }

  /** A tied head follows the embedding's table, unless an adapter changes the head itself. */
  private void mergeTied() {
    network
        .tableSharing()
        .filter(TableSharing::ofBase)
        .filter(both -> !replacements().containsKey(both.head()))
        .ifPresent(
            both ->
                Optional.ofNullable(merged.get(both.embedding()))
                    .map(NetworkMerge::weight)
                    .ifPresent(table -> merged.put(both.head(), withWeight(both.head(), table))));
  }

  private WeightBlock withWeight(ModuleSlot slot, NDArray weight) {
    return slot.base()
        .withWeights((parameter, value) -> parameter.equals("weight") ? weight : bias(slot, value));
  }

  private static NDArray weight(WeightBlock block) {
    return block.getDirectParameters().get("weight").getArray();
  }

  private NDArray bias(ModuleSlot slot, NDArray base) {
    Parameter own = adapters.biases().get(slot);
    return own == null ? base : own.getArray();
  }

  private NDArray mergedBias(ModuleSlot slot, NDArray base, List<LoraAdapter> factors) {
    NDArray bias = bias(slot, base);
    return SafeMerge.biasDelta(factors, manager).map(delta -> delta.addi(bias)).orElse(bias);
  }

  private NDArray sum(String name, NDArray weight, List<LoraAdapter> factors) {
    report.add(new MergedWeight(name, weight.size(), 0, 0));
    return SafeMerge.of(name, weight, factors, manager);
  }

  private QuantizedLinear requantized(
      ModuleSlot slot, QuantizedLinear base, List<LoraAdapter> factors) {
    String name = slot.name() + ".weight";
    QuantizedTensor before = requireRequantizable(slot, base);
    Optional<NDArray> bias =
        base.bias().base().map(own -> mergedBias(slot, own.getArray(), factors));
    try (NDManager scope = manager.newSubManager()) {
      NDArray sum;
      try (NDArray weight = before.dequantize(scope, DataType.FLOAT32)) {
        sum = SafeMerge.of(name, weight, factors, scope);
      }
      QuantizedTensor merged = QuantizedTensor.quantize(manager, name, sum, before.quantization());
      NDArray error = merged.dequantize(scope, DataType.FLOAT32).subi(sum).abs();
      double max = error.max().getFloat();
      double rms = Math.sqrt(error.muli(error).mean().getFloat());
      report.add(new MergedWeight(name, sum.size(), max, rms));
      return base.withTensor(merged, bias);
    } finally {
      PyTorchEngine.trimMemory(before.shape().size());
    }
  }

  private static QuantizedTensor requireRequantizable(ModuleSlot slot, QuantizedLinear linear) {
    return linear.requireRequantizable(
        "merge",
        slot.name(),
        "call saveMerged(original, directory) with the checkpoint it was quantised from, or"
            + " saveMerged(directory) for float32");
  }

  @Override
  public MergeReport report() {
    return new MergeReport(report);
  }

  @Override
  public void undo() {
    merged.keySet().forEach(adapters::putBack);
    merged.clear();
    manager.close();
  }

  @Override
  public void keep(NDManager owner) {
    adapters.biases().forEach(this::keepBias);
    replacements()
        .forEach(
            (slot, block) -> {
              slot.standIn(null);
              if (block instanceof QuantizedLinear quantized) {
                KeptWeights.write(network, slot, block); // its bias
                settle(slot, quantized, owner);
              } else if (changesAlone(slot)) {
                KeptWeights.settle(slot, block, owner);
              } else {
                KeptWeights.write(network, slot, block);
              }
            });
    manager.close();
  }

  /** Whether the weight is a table that two modules share, and both do not get the same instead. */
  private boolean changesAlone(ModuleSlot slot) {
    if (!network.sharesWeight(slot)) {
      return false;
    }
    Map<ModuleSlot, WeightBlock> blocks = replacements();
    List<NDArray> tables =
        network.tableSharing().stream()
            .flatMap(both -> Stream.of(both.embedding(), both.head()))
            .flatMap(sharer -> Optional.ofNullable(blocks.get(sharer)).stream())
            .map(NetworkMerge::weight)
            .toList();
    return tables.size() < 2 || tables.get(0) != tables.get(1);
  }

  private void keepBias(ModuleSlot slot, Parameter own) {
    NDArray target = slot.base().getDirectParameters().get("bias").getArray();
    network.ops().copyInto().apply(target, own.getArray()).close();
  }

  private static void settle(ModuleSlot slot, QuantizedLinear merged, NDManager owner) {
    QuantizedTensor tensor = requireRequantizable(slot, merged);
    QuantizedTensor kept =
        QuantizedTensor.restore(
            owner, slot.name() + ".weight", tensor.quantization(), tensor.shape(), tensor.parts());
    QuantizedLinear before = (QuantizedLinear) slot.base();
    slot.settle(before.withTensor(kept, before.bias().base().map(Parameter::getArray)));
    before.close();
    merged.close();
  }

  private Map<ModuleSlot, WeightBlock> replacements() {
    Map<ModuleSlot, WeightBlock> blocks = new LinkedHashMap<>(adapters.copies());
    blocks.putAll(merged);
    return blocks;
  }
}
