package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LowRankScript.Columns;
import io.github.lora4j.djl.nn.LowRankScript.InputGradient;
import io.github.lora4j.djl.tape.ParameterGradients;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The low-rank updates of linear maps of one input in libtorch's operators. */
final class ScriptedLowRankStep implements LowRankStep {
  private final TorchOps ops;
  private final LowRankScript script;
  private final List<LoraAdapter> adapters;
  private final double dropout;
  private final NDArray x;
  private final Optional<NDArray> mask;
  private final NDArray h;

  ScriptedLowRankStep(
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

  @Override
  public Stream<NDArray> needed() {
    return Stream.concat(Stream.of(x, h), mask.stream());
  }

  @Override
  public void backward(NDArray dy) {
    addGradients(run(InputGradient.NONE, dy, x, h));
  }

  @Override
  public void backward(NDArray dy, NDArray dx) {
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
