// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.AppliedAdapter;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LowRankScript.Columns;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The low-rank updates of linear maps of one input on some of its rows, forward and back (Hu et
 * al., 2021). What applies to the same rows is one step, so that it reads them once; updates that
 * drop inputs stand alone, for each drops others.
 */
interface LowRankStep {
  /**
   * Adds the updates of some maps.
   *
   * @param ops the operators
   * @param maps the maps, their outputs side by side in y
   * @param x their input, shape (T, in)
   * @param y their outputs so far, shape (T, sum of outs); written over
   * @param training whether dropout is on
   * @return the updates as steps that can be walked back
   */
  static List<LowRankStep> forward(
      TorchOps ops, List<LinearMap> maps, NDArray x, NDArray y, boolean training) {
    List<LowRankStep> steps = new ArrayList<>();
    Map<RowSpan, List<LowRankTerm>> together = new LinkedHashMap<>();
    int from = 0;
    for (LinearMap map : maps) {
      Columns own = new Columns(from, from + map.out());
      from = own.to();
      for (AppliedAdapter applied : map.applied()) {
        RowSpan rows = RowSpan.of(applied);
        LowRankTerm term = new LowRankTerm(own, applied.adapter());
        double dropout = training ? applied.adapter().dropout() : 0;
        if (dropout > 0) {
          steps.add(new ScriptedLowRankStep(ops, rows, List.of(term), dropout, x, y));
        } else {
          together.computeIfAbsent(rows, r -> new ArrayList<>()).add(term);
        }
      }
    }
    together.forEach((rows, terms) -> steps.add(of(ops, rows, terms, x, y)));
    return steps;
  }

  private static LowRankStep of(
      TorchOps ops, RowSpan rows, List<LowRankTerm> terms, NDArray x, NDArray y) {
    return NativeLowRankStep.of(ops, rows, terms, x, y)
        .orElseGet(() -> new ScriptedLowRankStep(ops, rows, terms, 0, x, y));
  }

  /** What the backward half reads. */
  Stream<NDArray> needed();

  /** Adds the gradients of the factors; dy is of all rows. */
  void backward(NDArray dy);

  /**
   * Adds the gradients of the factors, and in place that of the input to dx, which is of all rows.
   */
  void backward(NDArray dy, NDArray dx);
}
