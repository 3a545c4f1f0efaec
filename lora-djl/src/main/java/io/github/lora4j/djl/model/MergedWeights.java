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
    for (ModuleSlot slot : decoder.modules()) {
      if (slot != decoder.head() || !tied) {
        add(weights, slot, adapter);
      }
    }
    return new MergedWeights(weights, tied);
  }

  private static void add(
      Map<String, CheckpointFiles.Weight> weights, ModuleSlot slot, NetworkAdapter adapter) {
    WeightBlock block = adapter.copies().getOrDefault(slot, slot.base());
    if (block instanceof QuantizedLinear quantized) {
      weights.put(
          slot.name() + ".weight", changed(CheckpointFiles.Weight.of(quantized), factors(slot)));
    }
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      boolean isBias = pair.getKey().equals("bias");
      Parameter parameter =
          isBias ? adapter.biases().getOrDefault(slot, pair.getValue()) : pair.getValue();
      weights.put(
          slot.name() + "." + pair.getKey(),
          changed(
              CheckpointFiles.Weight.of(parameter.getArray()),
              isBias ? Optional.empty() : factors(slot)));
    }
  }

  private static Optional<LoraAdapter> factors(ModuleSlot slot) {
    return slot.lora().flatMap(LoraLinear::active);
  }

  private static CheckpointFiles.Weight changed(
      CheckpointFiles.Weight weight, Optional<LoraAdapter> factors) {
    return factors.map(weight::with).orElse(weight);
  }

  /** The base's own weights, whether or not an adapter is in use. */
  static Map<String, CheckpointFiles.Weight> ofBase(Decoder decoder) {
    Map<String, CheckpointFiles.Weight> weights = new LinkedHashMap<>();
    for (ModuleSlot slot : decoder.modules()) {
      if (slot.base() instanceof QuantizedLinear quantized) {
        weights.put(slot.name() + ".weight", CheckpointFiles.Weight.of(quantized));
      }
      if (slot != decoder.head() || !decoder.isHeadTied()) {
        for (Pair<String, Parameter> pair : slot.base().getDirectParameters()) {
          weights.put(
              slot.name() + "." + pair.getKey(),
              CheckpointFiles.Weight.of(pair.getValue().getArray()));
        }
      }
    }
    return weights;
  }
}
