package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.WeightBlock;

/**
 * Merged weights that become the base's own.
 *
 * @param network the network
 */
record KeptWeights(Network network) {
  /**
   * Writes them over the base's, or, where another module shares the base's, puts them in its
   * place.
   *
   * @param slot the module
   * @param merged its merged weights
   * @param owner owns what is put in the base's place
   */
  void keep(ModuleSlot slot, WeightBlock merged, NDManager owner) {
    if (network.sharesWeight(slot)) {
      merged.getDirectParameters().values().forEach(own -> own.getArray().attach(owner));
      slot.settle(merged);
    } else {
      write(slot, merged);
    }
  }

  private void write(ModuleSlot slot, WeightBlock merged) {
    for (Pair<String, Parameter> pair : merged.getDirectParameters()) {
      NDArray target = slot.base().getDirectParameters().get(pair.getKey()).getArray();
      NDArray value = pair.getValue().getArray();
      if (target != value) {
        network.ops().copyInto().apply(target, value).close();
      }
    }
  }
}
