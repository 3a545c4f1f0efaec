// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LowRankScript.InputGradient;
import io.github.lora4j.djl.tape.ParameterGradients;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The low-rank updates of some rows in libtorch's operators. */
final class ScriptedLowRankStep implements LowRankStep {
  private final TorchOps ops;
  private final LowRankScript script;
  private final RowSpan rows;
  private final List<LowRankTerm> terms;
  private final double dropout;

  /** Of all rows; what dropout left of its own rows. */
  private final NDArray x;

  private final Optional<NDArray> mask;
  private final NDArray h;

  ScriptedLowRankStep(
      TorchOps ops, RowSpan rows, List<LowRankTerm> terms, double dropout, NDArray x, NDArray y) {
    this.ops = ops;
    this.rows = rows;
    this.terms = terms;
    this.dropout = dropout;
    script = new LowRankScript(terms.stream().map(LowRankTerm::columns).toList());
    if (dropout > 0) {
      NDList dropped = ops.op(LowRankScript.dropout(dropout)).applyAll(rows.of(x));
      this.x = dropped.get(0);
      mask = Optional.of(dropped.get(1));
    } else {
      this.x = x;
      mask = Optional.empty();
    }
    h = ops.op(script.forward()).apply(inputs(ownX(), rows.of(y)));
  }

  private NDArray ownX() {
    return mask.isPresent() ? x : rows.of(x);
  }

  @Override
  public Stream<NDArray> needed() {
    return Stream.concat(Stream.of(x, h), mask.stream());
  }

  @Override
  public void backward(NDArray dy) {
    addGradients(run(InputGradient.NONE, rows.of(dy), ownX(), h));
  }

  @Override
  public void backward(NDArray dy, NDArray dx) {
    NDArray own = rows.of(dx);
    addGradients(
        mask.isPresent()
            ? run(InputGradient.MASKED, rows.of(dy), x, h, own, mask.get())
            : run(InputGradient.ADDED, rows.of(dy), ownX(), h, own));
  }

  private NDList run(InputGradient mode, NDArray... leading) {
    return ops.op(script.backward(mode, dropout)).applyAll(inputs(leading));
  }

  private void addGradients(NDList gradients) {
    int count = terms.size();
    for (int i = 0; i < count; i++) {
      add(terms.get(i).adapter().a(), gradients.get(i));
      add(terms.get(i).adapter().b(), gradients.get(count + i));
    }
  }

  private static void add(Parameter parameter, NDArray gradient) {
    ParameterGradients.add(parameter.getArray(), gradient);
  }

  private NDArray[] inputs(NDArray... leading) {
    return Stream.concat(
            Stream.of(leading),
            terms.stream()
                .flatMap(term -> Stream.concat(term.factors(), Stream.of(term.adapter().scale()))))
        .toArray(NDArray[]::new);
  }
}
