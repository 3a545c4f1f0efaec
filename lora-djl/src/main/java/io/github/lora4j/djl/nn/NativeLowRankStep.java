// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.NativeLowRank;
import io.github.lora4j.djl.kernel.NativeLowRank.Rows;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ParameterGradients;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The low-rank updates of some rows in C, on the CPU. */
final class NativeLowRankStep implements LowRankStep {
  private final TorchOps ops;
  private final NativeLowRank kernels;
  private final RowSpan span;
  private final List<LowRankTerm> terms;
  private final NDArray x;

  /** s · x Aᵀ of all terms side by side, shape (rows of the span, sum of ranks). */
  private final NDArray h;

  private NativeLowRankStep(
      TorchOps ops,
      NativeLowRank kernels,
      RowSpan span,
      List<LowRankTerm> terms,
      NDArray x,
      NDArray y) {
    this.ops = ops;
    this.kernels = kernels;
    this.span = span;
    this.terms = terms;
    this.x = x;
    h = ranks();
    forward(y);
  }

  /**
   * Adds the updates.
   *
   * @param ops the operators
   * @param span the rows they apply to
   * @param terms the updates
   * @param x their input, shape (T, in)
   * @param y their outputs so far, shape (T, sum of outs); written over
   * @return the updates, or empty where the arrays are not for native kernels
   */
  static Optional<LowRankStep> of(
      TorchOps ops, RowSpan span, List<LowRankTerm> terms, NDArray x, NDArray y) {
    return NativeLowRank.get()
        .filter(
            k ->
                Stream.concat(Stream.of(x, y), terms.stream().flatMap(LowRankTerm::factors))
                    .allMatch(k::suits))
        .map(k -> new NativeLowRankStep(ops, k, span, terms, x, y));
  }

  private NDArray ranks() {
    int sum = terms.stream().mapToInt(term -> term.adapter().rank()).sum();
    return x.getManager().create(new Shape(span.count(), sum), DataType.FLOAT32);
  }

  private void forward(NDArray y) {
    Rows in = span.of(kernels.rows(x));
    Rows out = span.of(kernels.rows(y));
    Rows hidden = kernels.rows(h);
    int from = 0;
    for (LowRankTerm term : terms) {
      LoraAdapter adapter = term.adapter();
      Rows own = hidden.columns(from, from + adapter.rank());
      kernels.narrow(in, rows(adapter.a()), (float) adapter.scaling(), own);
      try (NDArray b = kernels.transpose(x.getManager(), rows(adapter.b()))) {
        kernels.widen(own, kernels.rows(b), columnsOf(out, term));
      }
      from += adapter.rank();
    }
  }

  @Override
  public Stream<NDArray> needed() {
    return Stream.of(x, h);
  }

  @Override
  public void backward(NDArray dy) {
    backward(dy, Optional.empty());
  }

  @Override
  public void backward(NDArray dy, NDArray dx) {
    if (kernels.suits(dx)) {
      backward(dy, Optional.of(kernels.rows(dx)));
      return;
    }
    try (NDArray update = dx.getManager().zeros(dx.getShape())) {
      backward(dy, Optional.of(kernels.rows(update)));
      dx.addi(update);
    }
  }

  private void backward(NDArray dy, Optional<Rows> dx) {
    if (kernels.suits(dy)) {
      backward(kernels.rows(dy), dx);
      return;
    }
    try (NDArray inOrder = dy.getManager().create(dy.getShape(), DataType.FLOAT32)) {
      ops.copyInto().apply(inOrder, dy).close();
      backward(kernels.rows(inOrder), dx);
    }
  }

  private void backward(Rows dy, Optional<Rows> dx) {
    Rows in = span.of(kernels.rows(x));
    Rows hidden = kernels.rows(h);
    try (NDArray dh = ranks()) {
      Rows hiddenGradient = kernels.rows(dh);
      int from = 0;
      for (LowRankTerm term : terms) {
        LoraAdapter adapter = term.adapter();
        int to = from + adapter.rank();
        Rows own = hiddenGradient.columns(from, to);
        backwardB(adapter, columnsOf(span.of(dy), term), hidden.columns(from, to), own);
        addOuter(adapter.a(), own, in, false);
        dx.ifPresent(gradient -> kernels.widen(own, rows(adapter.a()), span.of(gradient)));
        from = to;
      }
    }
  }

  /** dB, and dh = s · dy B. */
  private void backwardB(LoraAdapter adapter, Rows dy, Rows hidden, Rows dh) {
    addOuter(adapter.b(), hidden, dy, true);
    try (NDArray b = kernels.transpose(h.getManager(), rows(adapter.b()))) {
      kernels.narrow(dy, kernels.rows(b), (float) adapter.scaling(), dh);
    }
  }

  private static Rows columnsOf(Rows all, LowRankTerm term) {
    return all.columns(term.columns().from(), term.columns().to());
  }

  private Rows rows(Parameter factor) {
    return kernels.rows(factor.getArray());
  }

  private void addOuter(Parameter factor, Rows narrow, Rows wide, boolean transposed) {
    if (factor.getArray().hasGradient()) {
      try (NDArray gradient = kernels.outer(h.getManager(), narrow, wide, transposed)) {
        ParameterGradients.add(factor.getArray(), gradient);
      }
    }
  }
}
