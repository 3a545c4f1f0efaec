// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.CombineOps;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The changes s · B A mixed as they are, and the result taken apart: A = Vᵀ, B = U S of the largest
 * singular values (PEFT: {@code _svd_generalized_task_arithmetic_weighted_adapter}).
 *
 * @param mixing how changes are mixed
 * @param svdRank how many singular values stay; the largest rank if empty
 * @param clamp the quantile that factors are clamped to
 * @param ops the operators
 */
record Decomposed(Mixing mixing, OptionalInt svdRank, OptionalDouble clamp, CombineOps ops)
    implements Combination {
  @Override
  public int rank(List<Integer> ranks) {
    return svdRank.orElse(ranks.stream().mapToInt(rank -> rank).max().orElse(1));
  }

  @Override
  public FactorPair of(List<WeightedFactors> parts, int rank) {
    List<NDArray> changes =
        parts.stream().map(p -> p.b().matMul(p.a()).mul((float) p.scaling())).toList();
    NDArray change = mixing.mix(changes, parts.stream().map(WeightedFactors::weight).toList());
    NDList factors = ops.singular(rank).applyAll(change);
    FactorPair pair = new FactorPair(factors.get(0), factors.get(1));
    return clamp.isPresent() ? clamped(pair, clamp.getAsDouble()) : pair;
  }

  private static FactorPair clamped(FactorPair pair, double quantile) {
    NDArray values = pair.b().flatten().concat(pair.a().flatten()).sort();
    float high = quantile(values.toFloatArray(), quantile);
    return new FactorPair(pair.a().clip(-high, high), pair.b().clip(-high, high));
  }

  /** Between the two values around it, as torch.quantile. */
  static float quantile(float[] sorted, double quantile) {
    double place = (sorted.length - 1) * quantile;
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return (float) (sorted[below] + (place - below) * (sorted[above] - sorted[below]));
  }
}
