// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.inject.combine.FactorPair;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptedModule;
import java.util.Map;
import java.util.Objects;

/**
 * Factors that were combined of others'.
 *
 * @param pairs by module
 */
record CombinedFactors(Map<String, FactorPair> pairs) implements FactorSource {
  @Override
  public NDArray a(NDManager manager, AdaptedModule module) {
    return owned(manager, pair(module).a());
  }

  @Override
  public NDArray b(NDManager manager, AdaptedModule module) {
    return owned(manager, pair(module).b());
  }

  private FactorPair pair(AdaptedModule module) {
    return Objects.requireNonNull(pairs.get(module.name()), module::name).padded(module.rank());
  }

  private static NDArray owned(NDManager manager, NDArray factor) {
    factor.attach(manager);
    return factor;
  }

  @Override
  public NDArray saved(NDManager manager, PeftTensor tensor, NDArray base, WeightOrder order) {
    throw new IllegalStateException("nothing of a combination trains in full: " + tensor);
  }
}
