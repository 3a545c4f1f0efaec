package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.NativeLowRank;
import io.github.lora4j.djl.kernel.NativeLowRank.Rows;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LowRankScript.Columns;
import io.github.lora4j.djl.tape.ParameterGradients;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The low-rank updates of linear maps of one input in C, on the CPU. */
final class NativeLowRankStep implements LowRankStep {
  private final TorchOps ops;
  private final NativeLowRank kernels;
  private final List<Columns> columns;
  private final List<LoraAdapter> adapters;
  private final NDArray x;

  /** s · x Aᵀ of all maps side by side, shape (T, sum of ranks). */
  private final NDArray h;

  private NativeLowRankStep(
      TorchOps ops,
      NativeLowRank kernels,
      List<Columns> columns,
      List<LoraAdapter> adapters,
      NDArray x,
      NDArray y) {
    this.ops = ops;
    this.kernels = kernels;
    this.columns = columns;
    this.adapters = adapters;
    this.x = x;
    h = ranks(x);
    forward(y);
  }

  /**
   * Adds the updates.
   *
   * @param ops the operators
   * @param columns where each map's outputs lie in y
   * @param adapters the maps' adapters
   * @param x their input, shape (T, in)
   * @param y their outputs so far, shape (T, sum of outs); written over
   * @return the updates, or empty where the arrays are not for native kernels
   */
  static Optional<LowRankStep> of(
      TorchOps ops, List<Columns> columns, List<LoraAdapter> adapters, NDArray x, NDArray y) {
    return NativeLowRank.get()
        .filter(
            k ->
                Stream.concat(
                        Stream.of(x, y),
                        adapters.stream()
                            .flatMap(a -> Stream.of(a.a().getArray(), a.b().getArray())))
                    .allMatch(k::suits))
        .map(k -> new NativeLowRankStep(ops, k, columns, adapters, x, y));
  }

  private NDArray ranks(NDArray rows) {
    int sum = adapters.stream().mapToInt(LoraAdapter::rank).sum();
    return rows.getManager().create(new Shape(rows.getShape().get(0), sum), DataType.FLOAT32);
  }

  private void forward(NDArray y) {
    Rows in = kernels.rows(x);
    Rows out = kernels.rows(y);
    Rows hidden = kernels.rows(h);
    int from = 0;
    for (int i = 0; i < columns.size(); i++) {
      LoraAdapter adapter = adapters.get(i);
      Rows own = hidden.columns(from, from + adapter.rank());
      kernels.narrow(in, rows(adapter.a()), (float) adapter.scaling(), own);
      try (NDArray b = kernels.transpose(x.getManager(), rows(adapter.b()))) {
        kernels.widen(own, kernels.rows(b), columnsOf(out, i));
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
    Rows in = kernels.rows(x);
    Rows hidden = kernels.rows(h);
    try (NDArray dh = ranks(h)) {
      Rows hiddenGradient = kernels.rows(dh);
      int from = 0;
      for (int i = 0; i < columns.size(); i++) {
        LoraAdapter adapter = adapters.get(i);
        int to = from + adapter.rank();
        Rows own = hiddenGradient.columns(from, to);
        backwardB(adapter, columnsOf(dy, i), hidden.columns(from, to), own);
        addOuter(adapter.a(), own, in, false);
        dx.ifPresent(gradient -> kernels.widen(own, rows(adapter.a()), gradient));
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

  private Rows columnsOf(Rows all, int i) {
    return all.columns(columns.get(i).from(), columns.get(i).to());
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
