// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.inject.NetworkAdapters;
import io.github.lora4j.djl.model.CheckpointFiles.Weight;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.TokenRows;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.djl.nn.WeightOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A network's weights, alone or with its active adapters in them, each made when it is written.
 * Nothing of the model changes.
 *
 * @param weights by the names that transformers writes
 * @param tiedHead whether the head shares the embedding's table; empty if there is no such head
 */
record MergedWeights(Map<String, Weight> weights, Optional<Boolean> tiedHead) {
  static MergedWeights of(Network network, ModelFamily family, NetworkAdapters adapters) {
    adapters.requireMergeable();
    Map<String, Weight> weights = new LinkedHashMap<>();
    network.modules().forEach(slot -> add(weights, slot, adapters));
    return written(weights, family, network.tableSharing(), both -> staysTied(both, adapters));
  }

  private static boolean staysTied(TableSharing both, NetworkAdapters adapters) {
    return both.ofBase()
        && adapters.factors(both.head()).isEmpty()
        && adapters.replaceAlike(both)
        && !adapters.copies().containsKey(both.head())
        && !adapters.copies().containsKey(both.embedding());
  }

  /** The base's own weights, whether or not an adapter is in use. */
  static MergedWeights ofBase(Network network, ModelFamily family) {
    Map<String, Weight> weights = new LinkedHashMap<>();
    for (ModuleSlot slot : network.modules()) {
      parameters(slot.base()).forEach((name, weight) -> put(weights, slot, name, weight));
    }
    return written(weights, family, network.tableSharing(), TableSharing::ofBase);
  }

  private static MergedWeights written(
      Map<String, Weight> weights,
      ModelFamily family,
      Optional<TableSharing> sharing,
      Function<TableSharing, Boolean> isTied) {
    Optional<Boolean> tied = sharing.map(isTied);
    if (tied.orElse(false)) {
      weights.remove(sharing.orElseThrow().headWeight());
    }
    Map<String, Weight> written = new LinkedHashMap<>();
    weights.forEach(
        (name, weight) -> family.writtenNames(name).forEach(also -> written.put(also, weight)));
    return new MergedWeights(written, tied);
  }

  private static void add(Map<String, Weight> weights, ModuleSlot slot, NetworkAdapters adapters) {
    WeightBlock block = adapters.copies().getOrDefault(slot, slot.base());
    parameters(block)
        .forEach(
            (parameter, weight) -> {
              boolean isBias = parameter.equals("bias");
              Parameter own = isBias ? adapters.biases().get(slot) : null;
              Weight value = own == null ? weight : Weight.of(own.getArray());
              List<LoraAdapter> factors = adapters.factors(slot);
              put(
                  weights,
                  slot,
                  parameter,
                  isBias
                      ? value.withBiasOf(factors)
                      : withRows(value, slot, adapters).with(slot.name() + ".weight", factors));
            });
  }

  private static Weight withRows(Weight weight, ModuleSlot slot, NetworkAdapters adapters) {
    TokenRows rows = adapters.rows().get(slot);
    return rows == null ? weight : weight.with(slot.name() + ".weight", rows);
  }

  /** The parameters of a block as they are in memory. */
  private static Map<String, Weight> parameters(WeightBlock block) {
    Map<String, Weight> parameters = new LinkedHashMap<>();
    if (block instanceof QuantizedLinear quantized) {
      parameters.put("weight", Weight.of(quantized));
    }
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      parameters.put(pair.getKey(), Weight.of(pair.getValue().getArray()));
    }
    return parameters;
  }

  private static void put(
      Map<String, Weight> weights, ModuleSlot slot, String parameter, Weight value) {
    weights.put(
        slot.name() + "." + parameter, value.stored(WeightOrder.of(slot.module(), parameter)));
  }

  /**
   * Writes them as a checkpoint.
   *
   * @param source the checkpoint to take configuration and tokenizer from
   * @param target where to; made if need be
   */
  void write(Path source, Path target) {
    CheckpointFiles.write(source, target, weights, tiedHead);
  }
}
