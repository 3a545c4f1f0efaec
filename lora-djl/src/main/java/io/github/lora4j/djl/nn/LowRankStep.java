package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LowRankScript.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The low-rank updates of linear maps of one input, forward and back (Hu et al., 2021). Those that
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
    List<Columns> columns = new ArrayList<>();
    List<LoraAdapter> together = new ArrayList<>();
    int from = 0;
    for (LinearMap map : maps) {
      Columns own = new Columns(from, from + map.out());
      from = own.to();
      if (map.adapter().isEmpty()) {
        continue;
      }
      LoraAdapter adapter = map.adapter().get();
      if (training && adapter.dropout() > 0) {
        steps.add(
            new ScriptedLowRankStep(ops, List.of(own), List.of(adapter), adapter.dropout(), x, y));
      } else {
        columns.add(own);
        together.add(adapter);
      }
    }
    if (!together.isEmpty()) {
      steps.add(
          NativeLowRankStep.of(ops, columns, together, x, y)
              .orElseGet(() -> new ScriptedLowRankStep(ops, columns, together, 0, x, y)));
    }
    return steps;
  }

  /** What the backward half reads. */
  Stream<NDArray> needed();

  /** Adds the gradients of the factors. */
  void backward(NDArray dy);

  /** Adds the gradients of the factors, and in place that of the input to dx. */
  void backward(NDArray dy, NDArray dx);
}
