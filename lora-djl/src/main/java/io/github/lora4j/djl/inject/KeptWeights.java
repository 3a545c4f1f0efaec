// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.WeightBlock;

/** Merged weights that become the base's own. */
final class KeptWeights {
  private KeptWeights() {}

  /**
   * Puts them in the place of the base's, which another module goes on using.
   *
   * @param slot the module
   * @param merged its merged weights
   * @param owner owns them from now on
   */
  static void settle(ModuleSlot slot, WeightBlock merged, NDManager owner) {
    merged.getDirectParameters().values().forEach(own -> own.getArray().attach(owner));
    slot.settle(merged);
  }

  /**
   * Writes them over the base's.
   *
   * @param network the network
   * @param slot the module
   * @param merged its merged weights
   */
  static void write(Network network, ModuleSlot slot, WeightBlock merged) {
    for (Pair<String, Parameter> pair : merged.getDirectParameters()) {
      NDArray target = slot.base().getDirectParameters().get(pair.getKey()).getArray();
      NDArray value = pair.getValue().getArray();
      if (target != value) {
        network.ops().copyInto().apply(target, value).close();
      }
    }
  }
}
