package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.inject.InstalledAdapter;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A decoder's weights with its active adapter in them, each made when it is written.
 *
 * @param weights by the checkpoint's names
 * @param tiedHead whether the head still shares the embedding's table
 */
record MergedWeights(Map<String, CheckpointFiles.Weight> weights, boolean tiedHead) {
  static MergedWeights of(Decoder decoder, InstalledAdapter adapter, boolean alreadyMerged) {
    boolean tied = decoder.spec().tiedHead() && !changes(adapter, decoder.head());
    Map<String, CheckpointFiles.Weight> weights = new LinkedHashMap<>();
    for (ModuleSlot slot : decoder.modules()) {
      if (slot == decoder.head() && tied) {
        continue;
      }
      Optional<LoraAdapter> factors = alreadyMerged ? Optional.empty() : factors(slot);
      Block block = slot.block() instanceof LoraLinear lora ? lora.base() : slot.block();
      for (Pair<String, Parameter> pair : block.getDirectParameters()) {
        NDArray value = pair.getValue().getArray();
        Parameter bias = adapter.biases().get(slot);
        if (pair.getKey().equals("bias") && bias != null) {
          value = bias.getArray();
        }
        Optional<LoraAdapter> change = pair.getKey().equals("weight") ? factors : Optional.empty();
        weights.put(slot.name() + "." + pair.getKey(), weight(value, change));
      }
    }
    return new MergedWeights(weights, tied);
  }

  private static boolean changes(InstalledAdapter adapter, ModuleSlot head) {
    return adapter.copies().containsKey(head) || factors(head).isPresent();
  }

  private static Optional<LoraAdapter> factors(ModuleSlot slot) {
    return slot.block() instanceof LoraLinear lora ? lora.active() : Optional.empty();
  }

  private static CheckpointFiles.Weight weight(NDArray value, Optional<LoraAdapter> change) {
    return change
        .map(
            factors ->
                new CheckpointFiles.Weight(
                    value,
                    () -> {
                      NDArray sum = factors.delta(value.getManager());
                      return sum.addi(value);
                    }))
        .orElseGet(() -> CheckpointFiles.Weight.of(value));
  }
}
