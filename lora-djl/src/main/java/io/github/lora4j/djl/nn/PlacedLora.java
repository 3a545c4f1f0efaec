// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.variant.LoraVariant;
import io.github.lora4j.variant.PlainLora;
import io.github.lora4j.variant.VariantInput;
import java.util.Map;

/**
 * LoRA whose factors lie at known places in this process's memory for as long as the adapter is
 * open, so that native code need not ask for them. Computes what {@link PlainLora} computes; not
 * for training.
 *
 * @param a address of A, (rank, in)
 * @param bt address of Bᵀ, (rank, out)
 */
public record PlacedLora(long a, long bt) implements LoraVariant {
  @Override
  public Map<TensorRole, Parameter> parameters() {
    return Map.of();
  }

  @Override
  public NDArray forward(VariantInput input) {
    return PlainLora.INSTANCE.forward(input);
  }

  @Override
  public boolean infersAsPlain() {
    return true;
  }

  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    return PlainLora.INSTANCE.merged(adapter, weight, manager);
  }

  @Override
  public void close() {}
}
