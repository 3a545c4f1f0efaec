// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.target.AdaptableModule;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which modules are held quantised, and how.
 *
 * @param quantization how; empty if none is
 * @param selected which linear modules
 */
public record QuantizedModules(
    Optional<Quantization> quantization, Predicate<AdaptableModule> selected) {
  boolean contains(ModuleSlot slot) {
    return quantization.isPresent() && slot.module().isLinear() && selected.test(slot.module());
  }
}
