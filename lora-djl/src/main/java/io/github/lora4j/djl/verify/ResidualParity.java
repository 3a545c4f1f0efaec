// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.inject.NetworkAdapter;
import io.github.lora4j.djl.nn.LinearBlock;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.variant.ResidualLora;

/**
 * The weights that an adapter works over, where its initialisation took something off them, held
 * against the reference.
 *
 * @param adapter the adapter
 * @param options the tolerance
 * @param results where to
 * @param manager lends memory
 */
record ResidualParity(
    NetworkAdapter adapter, ParityOptions options, ParityResults results, NDManager manager) {
  /** Compares each residual, under PEFT's name of the base's weight. */
  void compare() {
    adapter.initial().forEach(this::compare);
  }

  private void compare(ModuleSlot slot, LoraAdapter initial) {
    PeftTensor weight = new PeftTensor(slot.name(), TensorRole.BASE_WEIGHT);
    try (NDManager scope = manager.newSubManager()) {
      NDArray base = ((LinearBlock) slot.base()).weightIn(scope);
      NDArray residual = ResidualLora.residual(base, initial, scope);
      float[] ours = residual.toFloatArray();
      results.compare(
          Quantity.RESIDUAL_PREFIX + PeftNames.fileName(weight),
          residual.getShape(),
          options.trainingTolerance(),
          theirs -> Difference.of(ours, theirs));
    }
  }
}
