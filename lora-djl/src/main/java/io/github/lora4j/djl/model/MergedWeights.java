package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.inject.NetworkAdapter;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.djl.nn.WeightOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A decoder's weights with its active adapter in them, each made when it is written. Nothing of the
 * model changes.
 *
 * @param weights by the checkpoint's names
 * @param tiedHead whether the head still shares the embedding's table
 */
record MergedWeights(Map<String, CheckpointFiles.Weight> weights, boolean tiedHead) {
  static MergedWeights of(Decoder decoder, NetworkAdapter adapter) {
    boolean tied =
        decoder.isHeadTied()
            && factors(decoder.head()).isEmpty()
            && !adapter.copies().containsKey(decoder.head())
            && !adapter.copies().containsKey(decoder.embedding());
    Map<String, CheckpointFiles.Weight> weights = new LinkedHashMap<>();
    decoder.modules().forEach(slot -> add(weights, slot, adapter));
    return new MergedWeights(without(tied, decoder, weights), tied);
  }

  private static Map<String, CheckpointFiles.Weight> without(
      boolean tied, Decoder decoder, Map<String, CheckpointFiles.Weight> weights) {
    if (tied) {
      weights.remove(decoder.head().name() + ".weight");
    }
    return weights;
  }

  private static void add(
      Map<String, CheckpointFiles.Weight> weights, ModuleSlot slot, NetworkAdapter adapter) {
    WeightBlock block = adapter.copies().getOrDefault(slot, slot.base());
    parameters(block)
        .forEach(
            (parameter, weight) -> {
              boolean isBias = parameter.equals("bias");
              Parameter own = isBias ? adapter.biases().get(slot) : null;
              CheckpointFiles.Weight value =
                  own == null ? weight : CheckpointFiles.Weight.of(own.getArray());
              put(weights, slot, parameter, isBias ? value : changed(value, factors(slot)));
            });
  }

  /** The parameters of a block as they are in memory. */
  private static Map<String, CheckpointFiles.Weight> parameters(WeightBlock block) {
    Map<String, CheckpointFiles.Weight> parameters = new LinkedHashMap<>();
    if (block instanceof QuantizedLinear quantized) {
      parameters.put("weight", CheckpointFiles.Weight.of(quantized));
    }
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      parameters.put(pair.getKey(), CheckpointFiles.Weight.of(pair.getValue().getArray()));
    }
    return parameters;
  }

  private static void put(
      Map<String, CheckpointFiles.Weight> weights,
      ModuleSlot slot,
      String parameter,
      CheckpointFiles.Weight value) {
    weights.put(
        slot.name() + "." + parameter, value.stored(WeightOrder.of(slot.module(), parameter)));
  }

  private static Optional<LoraAdapter> factors(ModuleSlot slot) {
    return slot.lora().flatMap(LoraLinear::active);
  }

  private static CheckpointFiles.Weight changed(
      CheckpointFiles.Weight weight, Optional<LoraAdapter> factors) {
    return factors.map(weight::plus).orElse(weight);
  }

  /** The base's own weights, whether or not an adapter is in use. */
  static Map<String, CheckpointFiles.Weight> ofBase(Decoder decoder) {
    Map<String, CheckpointFiles.Weight> weights = new LinkedHashMap<>();
    for (ModuleSlot slot : decoder.modules()) {
      parameters(slot.base()).forEach((name, weight) -> put(weights, slot, name, weight));
    }
    return without(decoder.isHeadTied(), decoder, weights);
  }
}
