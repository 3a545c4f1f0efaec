package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import java.util.List;
import java.util.Optional;

/** Writes the modules of a layer, adapted or not, into a fused operator. */
final class TokenLinear {
  private TokenLinear() {}

  /** Whether the module in a place can be written. */
  static boolean isFusible(ModuleSlot slot) {
    Block block = slot.block();
    return block instanceof LoraLinear lora
        ? lora.base() instanceof DenseLinear
        : block instanceof TokenFusible;
  }

  /** Writes modules of one input, as one product where their weights lie together. */
  static List<String> writeAll(TokenScript script, List<ModuleSlot> slots, String x) {
    return JointTokenLinear.write(script, slots, x)
        .orElseGet(() -> slots.stream().map(slot -> write(script, slot, x)).toList());
  }

  /** The dense map in a place, adapted or not. */
  static Optional<DenseLinear> dense(ModuleSlot slot) {
    Block block = slot.block() instanceof LoraLinear lora ? lora.base() : slot.block();
    return block instanceof DenseLinear dense ? Optional.of(dense) : Optional.empty();
  }

  /** The factors in use in a place. */
  static Optional<LoraAdapter> activeAdapter(ModuleSlot slot) {
    return slot.block() instanceof LoraLinear lora && !lora.isMerged()
        ? lora.active()
        : Optional.empty();
  }

  /** Writes the module in a place. */
  static String write(TokenScript script, ModuleSlot slot, String x) {
    return write(script, slot, x, "");
  }

  /**
   * Writes the module in a place and adds a vector, within the product where it is a dense map.
   *
   * @param residual the vector's name, or empty
   */
  static String write(TokenScript script, ModuleSlot slot, String x, String residual) {
    Optional<DenseLinear> dense = dense(slot);
    if (dense.isPresent()) {
      return dense.get().write(script, x, activeAdapter(slot), residual);
    }
    String y = ((TokenFusible) slot.block()).write(script, x);
    return residual.isEmpty() ? y : script.let("torch.add(%s, %s)".formatted(y, residual));
  }

  /** Writes scaling · B (A x), the scaling put into a copy of B. */
  static String lowRank(TokenScript script, LoraAdapter adapter, String x, String added) {
    NDArray scaled = adapter.b().getArray().mul((float) adapter.scaling());
    scaled.attach(script.manager());
    String a = script.input(adapter.a().getArray());
    String hidden = script.let("torch.mv(%s, %s)".formatted(a, x));
    String b = script.ownInput(scaled);
    return script.let(
        added.isEmpty()
            ? "torch.mv(%s, %s)".formatted(b, hidden)
            : "torch.addmv(%s, %s, %s)".formatted(added, b, hidden));
  }
}
