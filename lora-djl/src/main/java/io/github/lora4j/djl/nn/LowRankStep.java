package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LowRankScript.Columns;
import io.github.lora4j.djl.nn.LowRankScript.InputGradient;
import io.github.lora4j.djl.tape.ParameterGradients;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The low-rank updates of linear maps of one input, forward and back (Hu et al., 2021). Those that
 * drop inputs stand alone, for each drops others.
 */
final class LowRankStep {
  private final TorchOps ops;
  private final LowRankScript script;
  private final List<LoraAdapter> adapters;
  private final double dropout;
  private final NDArray x;
  private final Optional<NDArray> mask;
  private final NDArray h;

  private LowRankStep(
      TorchOps ops,
      List<Columns> columns,
      List<LoraAdapter> adapters,
      double dropout,
      NDArray x,
      NDArray y) {
    this.ops = ops;
    this.adapters = adapters;
    this.dropout = dropout;
    script = new LowRankScript(columns);
    if (dropout > 0) {
      NDList dropped = ops.op(LowRankScript.dropout(dropout)).applyAll(x);
      this.x = dropped.get(0);
      mask = Optional.of(dropped.get(1));
    } else {
      this.x = x;
      mask = Optional.empty();
    }
    h = ops.op(script.forward()).apply(inputs(this.x, y));
  }

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
        steps.add(new LowRankStep(ops, List.of(own), List.of(adapter), adapter.dropout(), x, y));
      } else {
        columns.add(own);
        together.add(adapter);
      }
    }
    if (!together.isEmpty()) {
      steps.add(new LowRankStep(ops, columns, together, 0, x, y));
    }
    return steps;
  }

  /** What the backward half reads. */
  Stream<NDArray> needed() {
    return Stream.concat(Stream.of(x, h), mask.stream());
  }

  /** Adds the gradients of the factors. */
  void backward(NDArray dy) {
    addGradients(run(InputGradient.NONE, dy, x, h));
  }

  /** Adds the gradients of the factors, and in place that of the input to dx. */
  void backward(NDArray dy, NDArray dx) {
    addGradients(
        mask.isPresent()
            ? run(InputGradient.MASKED, dy, x, h, dx, mask.get())
            : run(InputGradient.ADDED, dy, x, h, dx));
  }

  private NDList run(InputGradient mode, NDArray... leading) {
    return ops.op(script.backward(mode, dropout)).applyAll(inputs(leading));
  }

  private void addGradients(NDList gradients) {
    int count = adapters.size();
    for (int i = 0; i < count; i++) {
      add(adapters.get(i).a(), gradients.get(i));
      add(adapters.get(i).b(), gradients.get(count + i));
    }
  }

  private static void add(Parameter parameter, NDArray gradient) {
    ParameterGradients.add(parameter.getArray(), gradient);
  }

  private NDArray[] inputs(NDArray... leading) {
    return Stream.concat(
            Stream.of(leading),
            adapters.stream()
                .flatMap(a -> Stream.of(a.a().getArray(), a.b().getArray(), a.scale())))
        .toArray(NDArray[]::new);
  }
}
