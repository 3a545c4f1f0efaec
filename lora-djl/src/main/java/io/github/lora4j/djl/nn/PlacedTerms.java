// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.AppliedAdapter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.NativeLowRank;
import io.github.lora4j.djl.kernel.RankTerm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The updates of linear maps of one input by adapters whose factors lie at known places: one native
 * call for all of them, whichever rows they apply to.
 */
final class PlacedTerms {
  private PlacedTerms() {}

  /**
   * Adds the updates, if all are of this kind.
   *
   * @param maps the maps, their outputs side by side in y
   * @param x their input, shape (T, in)
   * @param y their outputs so far, shape (T, sum of outs); written over
   * @return whether they were added
   */
  static boolean add(List<LinearMap> maps, NDArray x, NDArray y) {
    Optional<List<RankTerm>> terms = terms(maps);
    Optional<NativeLowRank> kernels = terms.flatMap(some -> NativeLowRank.get());
    if (kernels.isEmpty() || !kernels.get().suits(x) || !kernels.get().suits(y)) {
      return false;
    }
    kernels.get().add(kernels.get().rows(x), kernels.get().rows(y), terms.orElseThrow());
    return true;
  }

  /** Empty if there are none, or one that is not of this kind. */
  private static Optional<List<RankTerm>> terms(List<LinearMap> maps) {
    List<RankTerm> terms = new ArrayList<>();
    int column = 0;
    for (LinearMap map : maps) {
      for (AppliedAdapter applied : map.applied()) {
        LoraAdapter adapter = applied.adapter();
        if (!(adapter.variant() instanceof PlacedLora placed)) {
          return Optional.empty();
        }
        terms.add(
            new RankTerm(
                placed.a(),
                placed.bt(),
                adapter.rank(),
                applied.from(),
                applied.to() - applied.from(),
                column,
                map.out(),
                adapter.scaling()));
      }
      column += map.out();
    }
    return terms.isEmpty() ? Optional.empty() : Optional.of(terms);
  }
}
