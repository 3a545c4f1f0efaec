package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.inject.NetworkAdapter;
import io.github.lora4j.djl.model.CheckpointFiles.Weight;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.WeightBlock;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A network's weights, alone or with its active adapter in them, each made when it is written.
 * Nothing of the model changes.
 *
 * @param weights by the names that transformers writes
 * @param tiedHead whether the head shares the embedding's table; empty if there is no such head
 */
record MergedWeights(Map<String, Weight> weights, Optional<Boolean> tiedHead) {
  static MergedWeights of(Network network, ModelFamily family, NetworkAdapter adapter) {
    Map<String, Weight> weights = new LinkedHashMap<>();
    network.modules().forEach(slot -> add(weights, slot, adapter));
    return written(weights, family, network.tableSharing(), both -> staysTied(both, adapter));
  }

  private static boolean staysTied(TableSharing both, NetworkAdapter adapter) {
    return both.ofBase()
        && factors(both.head()).isEmpty()
        && !adapter.copies().containsKey(both.head())
        && !adapter.copies().containsKey(both.embedding());
  }

  /** The base's own weights, whether or not an adapter is in use. */
  static MergedWeights ofBase(Network network, ModelFamily family) {
    Map<String, Weight> weights = new LinkedHashMap<>();
    for (ModuleSlot slot : network.modules()) {
      if (slot.base() instanceof QuantizedLinear quantized) {
        weights.put(slot.name() + ".weight", Weight.of(quantized));
      }
      for (Pair<String, Parameter> pair : slot.base().getDirectParameters()) {
        weights.put(slot.name() + "." + pair.getKey(), Weight.of(pair.getValue().getArray()));
      }
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
    weights.forEach((name, weight) -> written.put(family.writtenName(name), weight));
    return new MergedWeights(written, tied);
  }

  private static void add(Map<String, Weight> weights, ModuleSlot slot, NetworkAdapter adapter) {
    WeightBlock block = adapter.copies().getOrDefault(slot, slot.base());
    if (block instanceof QuantizedLinear quantized) {
      weights.put(slot.name() + ".weight", changed(Weight.of(quantized), factors(slot)));
    }
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      boolean isBias = pair.getKey().equals("bias");
      Parameter parameter =
          isBias ? adapter.biases().getOrDefault(slot, pair.getValue()) : pair.getValue();
      weights.put(
          slot.name() + "." + pair.getKey(),
          changed(Weight.of(parameter.getArray()), isBias ? Optional.empty() : factors(slot)));
    }
  }

  private static Optional<LoraAdapter> factors(ModuleSlot slot) {
    return slot.lora().flatMap(LoraLinear::active);
  }

  private static Weight changed(Weight weight, Optional<LoraAdapter> factors) {
    return factors.map(weight::plus).orElse(weight);
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
