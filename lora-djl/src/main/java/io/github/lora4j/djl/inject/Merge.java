package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.target.AdaptedModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * An adapter merged into the base's weights, to be undone bit for bit or kept. If a step of it
 * fails, what was merged so far is undone.
 */
public final class Merge {
  private final Decoder decoder;
  private final InstalledAdapter adapter;
  private final List<LoraLinear> merged = new ArrayList<>();

  private Merge(Decoder decoder, InstalledAdapter adapter) {
    this.decoder = decoder;
    this.adapter = adapter;
  }

  /**
   * Merges.
   *
   * @param decoder the decoder
   * @param adapter its active adapter
   * @return the merge, in force
   */
  public static Merge of(Decoder decoder, InstalledAdapter adapter) {
    Merge merge = new Merge(decoder, adapter);
    try {
      for (AdaptedModule module : adapter.plan().adapted()) {
        LoraLinear lora = (LoraLinear) decoder.module(module.name()).block();
        lora.merge();
        merge.merged.add(lora);
      }
      return merge;
    } catch (RuntimeException e) {
      merge.undo();
      throw e;
    }
  }

  /** Puts every weight back, bit for bit. */
  public void undo() {
    merged.forEach(LoraLinear::unmerge);
    merged.clear();
  }

  /**
   * Makes the merged weights the base's own and takes all adapters' layers off.
   *
   * @param owner owns what becomes the base's
   */
  public void keep(NDManager owner) {
    adapter.biases().forEach((slot, bias) -> bias.getArray().copyTo(baseBias(slot)));
    adapter
        .copies()
        .forEach(
            (slot, copy) ->
                copy.getDirectParameters()
                    .forEach(pair -> pair.getValue().getArray().attach(owner)));
    adapter.settleCopies();
    merged.forEach(LoraLinear::keepMerged);
    merged.clear();
    for (ModuleSlot slot : decoder.modules()) {
      if (slot.block() instanceof LoraLinear lora) {
        slot.replace(lora.base());
      }
    }
  }

  private static NDArray baseBias(ModuleSlot slot) {
    Block block = slot.block() instanceof LoraLinear lora ? lora.base() : slot.block();
    return Objects.requireNonNull(block.getDirectParameters().get("bias")).getArray();
  }
}
