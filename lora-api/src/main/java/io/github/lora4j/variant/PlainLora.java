// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;

/** LoRA itself: {@code y = base(x) + scaling · B A x} (Hu et al., 2021). Owns nothing. */
public final class PlainLora implements LoraVariant {
  /** The one object, for it has nothing of its own. */
  public static final PlainLora INSTANCE = new PlainLora();

  private PlainLora() {}

  @Override
  public Map<TensorRole, Parameter> parameters() {
    return Map.of();
  }

  @Override
  public NDArray forward(VariantInput input) {
    return input.updated(input.y());
  }

  @Override
  public boolean infersAsPlain() {
    return true;
  }

  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    return adapter.delta(manager).addi(weight);
  }

  @Override
  public void close() {}
}
