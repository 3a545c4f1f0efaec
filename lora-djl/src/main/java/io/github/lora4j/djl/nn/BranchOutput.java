// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;

/** How a half of a layer goes back into the residual stream. */
public sealed interface BranchOutput {
  /**
   * Maps and adds.
   *
   * @param x shape (T, in)
   * @param residual what is added, shape (T, hidden)
   * @param pass the batch's pass
   * @return shape (T, hidden)
   */
  NDArray forward(NDArray x, NDArray residual, ForwardPass pass);

  /**
   * The map.
   *
   * @return its place
   */
  ModuleSlot linear();

  /**
   * The norm behind the map.
   *
   * @return its place, or nothing
   */
  List<ModuleSlot> norms();

  /**
   * Has the work on single tokens taken down.
   *
   * @param <V> what stands for a vector
   * @param writer takes it down
   * @param x the input
   * @param residual a vector to add, which is used up
   * @return the result
   */
  <V> V write(TokenWriter<V> writer, V x, V residual);

  /**
   * The modules that take part.
   *
   * @return their places, in the order of the data
   */
  default List<ModuleSlot> modules() {
    return Stream.concat(Stream.of(linear()), norms().stream()).toList();
  }

  /**
   * W x + residual.
   *
   * @param linear W
   */
  record Plain(ModuleSlot linear) implements BranchOutput {
    @Override
    public NDArray forward(NDArray x, NDArray residual, ForwardPass pass) {
      return linear.forward(x, residual, pass);
    }

    @Override
    public List<ModuleSlot> norms() {
      return List.of();
    }

    @Override
    public <V> V write(TokenWriter<V> writer, V x, V residual) {
      return writer.linear(linear, x, residual);
    }
  }

  /**
   * norm(W x) + residual (Gemma Team, 2024, section 2: post-norm).
   *
   * @param linear W
   * @param norm the norm
   */
  record Normed(ModuleSlot linear, ModuleSlot norm) implements BranchOutput {
    @Override
    public NDArray forward(NDArray x, NDArray residual, ForwardPass pass) {
      return norm.forward(linear.forward(x, pass), residual, pass);
    }

    @Override
    public List<ModuleSlot> norms() {
      return List.of(norm);
    }

    @Override
    public <V> V write(TokenWriter<V> writer, V x, V residual) {
      V mapped = writer.linears(List.of(linear), x).get(0);
      return writer.add(TokenLinear.norm(writer, norm, mapped), residual);
    }
  }
}
