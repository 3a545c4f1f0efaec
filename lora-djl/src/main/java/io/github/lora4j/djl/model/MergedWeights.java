package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.djl.inject.NetworkAdapters;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.WeightBlock;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A decoder's weights with its active adapters in them, each made when it is written. Nothing of
 * the model changes.
 *
 * @param weights by the checkpoint's names
 * @param tiedHead whether the head still shares the embedding's table
 */
record MergedWeights(Map<String, CheckpointFiles.Weight> weights, boolean tiedHead) {
  static MergedWeights of(Decoder decoder, NetworkAdapters adapters) {
    boolean tied =
        decoder.isHeadTied()
            && adapters.factors(decoder.head()).isEmpty()
            && !adapters.copies().containsKey(decoder.head())
            && !adapters.copies().containsKey(decoder.embedding());
    Map<String, CheckpointFiles.Weight> weights = new LinkedHashMap<>();
    for (ModuleSlot slot : decoder.modules()) {
      if (slot != decoder.head() || !tied) {
        add(weights, slot, adapters);
      }
    }
    return new MergedWeights(weights, tied);
  }

  private static void add(
      Map<String, CheckpointFiles.Weight> weights, ModuleSlot slot, NetworkAdapters adapters) {
    WeightBlock block = adapters.copies().getOrDefault(slot, slot.base());
    if (block instanceof QuantizedLinear quantized) {
      weights.put(
          slot.name() + ".weight",
          CheckpointFiles.Weight.of(quantized)
              .plus(slot.name() + ".weight", adapters.factors(slot)));
    }
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      boolean isBias = pair.getKey().equals("bias");
      Parameter parameter =
          isBias ? adapters.biases().getOrDefault(slot, pair.getValue()) : pair.getValue();
      String name = slot.name() + "." + pair.getKey();
      CheckpointFiles.Weight weight = CheckpointFiles.Weight.of(parameter.getArray());
      weights.put(name, isBias ? weight : weight.plus(name, adapters.factors(slot)));
    }
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
