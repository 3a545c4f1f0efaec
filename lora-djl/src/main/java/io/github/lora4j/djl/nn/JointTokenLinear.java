// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraAdapter;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Writes linear maps of one input, whose weights lie together, as one product: their low-rank
 * updates become one of all ranks together, its B a matrix of blocks.
 */
final class JointTokenLinear {
  private final TokenScript script;
  private final JointWeight joint;
  private final List<DenseLinear> linears;
  private final List<Optional<LoraAdapter>> adapters;

  private JointTokenLinear(
      TokenScript script,
      JointWeight joint,
      List<DenseLinear> linears,
      List<Optional<LoraAdapter>> adapters) {
    this.script = script;
    this.joint = joint;
    this.linears = linears;
    this.adapters = adapters;
  }

  /** Writes the modules; gives the names of their outputs, or empty if their weights lie apart. */
  static Optional<List<String>> write(TokenScript script, List<ModuleSlot> slots, String x) {
    List<DenseLinear> linears =
        slots.stream().map(TokenLinear::dense).flatMap(Optional::stream).toList();
    if (linears.size() < slots.size()) {
      return Optional.empty();
    }
    Optional<JointWeight> joint = linears.get(0).joint();
    boolean together =
        joint.isPresent()
            && joint.get().outs().size() == slots.size()
            && linears.stream().allMatch(linear -> linear.joint().equals(joint));
    return together
        ? Optional.of(
            new JointTokenLinear(
                    script,
                    joint.get(),
                    linears,
                    slots.stream().map(TokenLinear::activeAdapter).toList())
                .write(x))
        : Optional.empty();
  }

  private List<String> write(String x) {
    String added = biases();
    if (adapters.stream().anyMatch(Optional::isPresent)) {
      added = lowRank(x, added);
    }
    String all = script.product(joint.rows(), x, added);
    return IntStream.range(0, linears.size())
        .mapToObj(
            i ->
                script.let(
                    "torch.slice(%s, 0, %d, %d)"
                        .formatted(all, joint.offset(i), joint.offset(i + 1))))
        .toList();
  }

  private String biases() {
    List<Optional<NDArray>> values = linears.stream().map(DenseLinear::biasInUse).toList();
    if (values.stream().noneMatch(Optional::isPresent)) {
      return "";
    }
    try (NDManager scope = script.manager().newSubManager()) {
      NDList parts = new NDList();
      for (int i = 0; i < values.size(); i++) {
        Shape shape = new Shape(joint.outs().get(i));
        parts.add(values.get(i).map(NDArray::stopGradient).orElseGet(() -> scope.zeros(shape)));
      }
      return kept(NDArrays.concat(parts, 0));
    }
  }

  private String lowRank(String x, String added) {
    try (NDManager scope = script.manager().newSubManager()) {
      NDList tops = new NDList();
      NDList blocks = new NDList();
      int rank = adapters.stream().flatMap(Optional::stream).mapToInt(LoraAdapter::rank).sum();
      int before = 0;
      for (int i = 0; i < adapters.size(); i++) {
        int out = joint.outs().get(i);
        if (adapters.get(i).isEmpty()) {
          blocks.add(scope.zeros(new Shape(out, rank)));
          continue;
        }
        LoraAdapter adapter = adapters.get(i).get();
        tops.add(on(scope, adapter.a().getArray().stopGradient()));
        blocks.add(block(scope, adapter, before, rank));
        before += adapter.rank();
      }
      String a = kept(NDArrays.concat(tops, 0));
      String b = kept(NDArrays.concat(blocks, 0));
      return script.lowRank(a, b, x, added);
    }
  }

  /** The scaled B in its columns, zeros in those of the others. */
  private static NDArray block(NDManager scope, LoraAdapter adapter, int before, int rank) {
    NDArray b = on(scope, adapter.b().getArray().stopGradient());
    long out = b.getShape().get(0);
    NDArray scaled = b.mul((float) adapter.scaling());
    NDArray left = scope.zeros(new Shape(out, before));
    NDArray right = scope.zeros(new Shape(out, rank - before - adapter.rank()));
    return NDArrays.concat(new NDList(left, scaled, right), 1);
  }

  private static NDArray on(NDManager scope, NDArray array) {
    array.attach(scope);
    return array;
  }

  private String kept(NDArray array) {
    array.attach(script.manager());
    return script.ownInput(array);
  }
}
