// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.List;

/** A = [w₁s₁A₁; w₂s₂A₂; …], B = [B₁, B₂, …]: the weighted sum of the changes, exactly. */
final class Concatenation implements Combination {
  @Override
  public int rank(List<Integer> ranks) {
    return ranks.stream().mapToInt(rank -> rank).sum();
  }

  @Override
  public FactorPair of(List<WeightedFactors> parts, int rank) {
    NDArray[] scaled =
        parts.stream().map(part -> part.a().mul((float) part.factor())).toArray(NDArray[]::new);
    NDArray[] columns = parts.stream().map(WeightedFactors::b).toArray(NDArray[]::new);
    return new FactorPair(
        NDArrays.concat(new NDList(scaled)), NDArrays.concat(new NDList(columns), 1));
  }
}
