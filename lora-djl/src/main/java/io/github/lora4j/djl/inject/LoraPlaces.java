// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.EmbeddingUpdate;
import io.github.lora4j.djl.kernel.FusedLowRankUpdate;
import io.github.lora4j.djl.nn.LinearBlock;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.target.AdaptableModule;

/**
 * The layers of low-rank adapters in a network: they come with the first adapter of a module and go
 * with the last.
 *
 * @param network the network
 */
public record LoraPlaces(Network network) {
  /**
   * Puts an adapter's factors before a module's base, inactive.
   *
   * @param slot the module's place
   * @param name the adapter's name
   * @param factors become the place's to close
   */
  public void put(ModuleSlot slot, String name, LoraAdapter factors) {
    slot.lora().orElseGet(() -> newLayer(slot)).put(name, factors);
  }

  private LoraLinear newLayer(ModuleSlot slot) {
    AdaptableModule module = slot.module();
    LoraLinear layer =
        new LoraLinear(
            slot.base(),
            module.inFeatures(),
            module.outFeatures(),
            slot.base() instanceof LinearBlock
                ? new FusedLowRankUpdate(network.ops())
                : new EmbeddingUpdate(network.ops()));
    slot.adapt(layer);
    return layer;
  }

  /**
   * Takes an adapter's factors away and closes them.
   *
   * @param slot the module's place
   * @param name the adapter's name
   */
  public void remove(ModuleSlot slot, String name) {
    slot.lora()
        .ifPresent(
            layer -> {
              layer.remove(name);
              if (layer.adapters().isEmpty()) {
                slot.adapt(null);
              }
            });
  }
}
