package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.WeightBlock;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An adapter merged into copies of the base's weights, to be undone or kept. The base's own weights
 * are not written, so that a table which two modules share is changed for one of them only, and
 * undoing is exact.
 */
public final class Merge {
  private final Decoder decoder;
  private final InstalledAdapter adapter;
  private final NDManager manager;
  private final Map<ModuleSlot, WeightBlock> merged = new LinkedHashMap<>();

  private Merge(Decoder decoder, InstalledAdapter adapter, NDManager parent) {
    this.decoder = decoder;
    this.adapter = adapter;
    manager = parent.newSubManager();
  }

  /**
   * Merges.
   *
   * @param decoder the decoder
   * @param adapter its active adapter
   * @param parent a sub-manager of it owns the merged weights
   * @return the merge, in force
   */
  public static Merge of(Decoder decoder, InstalledAdapter adapter, NDManager parent) {
    Merge merge = new Merge(decoder, adapter, parent);
    try {
      adapter
          .layers()
          .forEach(
              (slot, lora) ->
                  lora.active()
                      .ifPresent(factors -> merge.merged.put(slot, merge.copy(slot, factors))));
      merge.merged.forEach(ModuleSlot::standIn);
      return merge;
    } catch (RuntimeException e) {
      merge.undo();
      throw e;
    }
  }

  private WeightBlock copy(ModuleSlot slot, LoraAdapter factors) {
    return slot.base()
        .withWeights(
            (name, value) -> name.equals("weight") ? sum(value, factors) : bias(slot, value));
  }

  private NDArray bias(ModuleSlot slot, NDArray base) {
    Parameter own = adapter.biases().get(slot);
    return own == null ? base : own.getArray();
  }

  private NDArray sum(NDArray weight, LoraAdapter factors) {
    NDArray sum = factors.delta(manager);
    return sum.addi(weight);
  }

  /** Uses the base's own weights again. */
  public void undo() {
    merged.keySet().forEach(slot -> slot.standIn(null));
    merged.clear();
    manager.close();
  }

  /**
   * Writes the merged weights over the base's own; where two modules share one, the changed module
   * gets its own.
   *
   * @param owner owns what becomes the base's
   */
  public void keep(NDManager owner) {
    replacements()
        .forEach(
            (slot, block) -> {
              slot.standIn(null);
              if (slot.module().outputHead() || slot == decoder.embedding()) {
                settleOrWrite(slot, block, owner);
              } else {
                write(slot, block);
              }
            });
    manager.close();
  }

  private void settleOrWrite(ModuleSlot slot, WeightBlock block, NDManager owner) {
    if (!decoder.isHeadTied()) {
      write(slot, block);
      return;
    }
    block.getDirectParameters().values().forEach(own -> own.getArray().attach(owner));
    slot.settle(block);
  }

  private void write(ModuleSlot slot, WeightBlock block) {
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      NDArray target = slot.base().getDirectParameters().get(pair.getKey()).getArray();
      NDArray value = pair.getValue().getArray();
      if (target != value) {
        decoder.ops().copyInto().apply(target, value).close();
      }
    }
  }

  private Map<ModuleSlot, WeightBlock> replacements() {
    Map<ModuleSlot, WeightBlock> blocks = new LinkedHashMap<>(adapter.copies());
    for (ModuleSlot slot : adapter.biases().keySet()) {
      blocks.put(
          slot,
          slot.base()
              .withWeights((name, value) -> name.equals("bias") ? bias(slot, value) : value));
    }
    blocks.putAll(merged);
    return blocks;
  }
}
