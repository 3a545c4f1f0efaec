// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.MergeReport;
import io.github.lora4j.MergeReport.MergedWeight;
import io.github.lora4j.djl.inject.Merge;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.List;

/**
 * An adapter whose sums stand ready instead of being made at every use. The base's own weights are
 * not written until {@link #keep}.
 */
final class ParameterMerge implements Merge {
  private final ParameterValues values;
  private final ParameterAdapter adapter;
  private final NDManager manager;

  private ParameterMerge(ParameterValues values, ParameterAdapter adapter, NDManager parent) {
    this.values = values;
    this.adapter = adapter;
    manager = parent.newSubManager();
  }

  /**
   * Merges.
   *
   * @param values what the block's parameters are worth
   * @param adapter the adapter in use
   * @param parent a sub-manager of it owns the merged weights
   * @return the merge, in force
   */
  static ParameterMerge of(ParameterValues values, ParameterAdapter adapter, NDManager parent) {
    ParameterMerge merge = new ParameterMerge(values, adapter, parent);
    try {
      adapter.factors().forEach((module, factors) -> merge.put(module.weight(), factors));
      return merge;
    } catch (RuntimeException e) {
      merge.undo();
      throw e;
    }
  }

  private void put(Parameter weight, LowRankFactors factors) {
    NDArray base = values.base(weight);
    NDArray sum;
    try (EngineMode mode = EngineMode.inference();
        NDManager scope = manager.newSubManager()) {
      sum = factors.value(Parameter::getArray, base, scope.create(0f));
      sum.attach(manager);
    }
    Parameter merged =
        Parameter.builder()
            .setName(weight.getName())
            .setType(weight.getType())
            .optArray(sum)
            .optShape(sum.getShape())
            .optRequiresGrad(false)
            .build();
    values.put(weight, new OwnParameter(merged));
  }

  @Override
  public MergeReport report() {
    List<MergedWeight> weights =
        adapter.factors().keySet().stream()
            .map(
                module ->
                    new MergedWeight(
                        module.name() + ".weight", module.weight().getArray().size(), 0, 0))
            .toList();
    return new MergeReport(weights);
  }

  @Override
  public void undo() {
    adapter.factors().forEach((module, factors) -> values.put(module.weight(), factors));
    manager.close();
  }

  @Override
  public void keep(NDManager owner) {
    adapter.changed().forEach(values::settle);
    manager.close();
  }
}
