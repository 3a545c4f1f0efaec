// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.nn.Block;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import java.util.List;
import java.util.Optional;

/** What stands in a place of a layer, as writers of single tokens see it. */
final class TokenLinear {
  private TokenLinear() {}

  /** Has a norm taken down. */
  static <V> V norm(TokenWriter<V> writer, ModuleSlot slot, V x) {
    return ((TokenFusible) slot.block()).write(writer, x);
  }

  /** Has a norm or a linear map taken down. */
  static <V> V write(TokenWriter<V> writer, ModuleSlot slot, V x) {
    return slot.block() instanceof TokenFusible
        ? norm(writer, slot, x)
        : writer.linears(List.of(slot), x).get(0);
  }

  /** Whether TorchScript can be written of the module in a place. */
  static boolean isFusible(ModuleSlot slot) {
    return slot.block() instanceof TokenFusible
        || (dense(slot).isPresent() && hasOneUpdateAtMost(slot));
  }

  /** Whether native code knows the module in a place. */
  static boolean isNative(ModuleSlot slot) {
    return slot.block() instanceof TokenFusible
        || (nativeWeight(slot).isPresent() && hasOneUpdateAtMost(slot));
  }

  private static boolean hasOneUpdateAtMost(ModuleSlot slot) {
    return !(slot.block() instanceof LoraLinear lora) || lora.active().size() <= 1;
  }

  /**
   * What is left without factors that are all there is to compute; a variant's layer stays as it
   * is, and is no weight.
   */
  private static Block base(ModuleSlot slot) {
    return slot.block() instanceof LoraLinear lora
            && lora.active().stream().allMatch(adapter -> adapter.variant().infersAsPlain())
        ? lora.base()
        : slot.block();
  }

  /** The dense map in a place, adapted or not. */
  static Optional<DenseLinear> dense(ModuleSlot slot) {
    return base(slot) instanceof DenseLinear dense ? Optional.of(dense) : Optional.empty();
  }

  /** The map in a place, adapted or not, if native code can read its weight. */
  static Optional<NativeWeight> nativeWeight(ModuleSlot slot) {
    return base(slot) instanceof NativeWeight weight && weight.hasNativeMatrix()
        ? Optional.of(weight)
        : Optional.empty();
  }

  /** The factors in use in a place, of which there is at most one pair. */
  static Optional<LoraAdapter> activeAdapter(ModuleSlot slot) {
    return slot.block() instanceof LoraLinear lora && !lora.isMerged()
        ? lora.active().stream().findFirst()
        : Optional.empty();
  }
}
