// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;
import java.util.stream.Stream;

/** The part of a layer that looks at each token alone. */
public sealed interface FeedForward {
  /**
   * Computes the layer's second half.
   *
   * @param x shape (T, hidden)
   * @param residual what is added, shape (T, hidden)
   * @param pass the batch's pass
   * @return shape (T, hidden)
   */
  NDArray forward(NDArray x, NDArray residual, ForwardPass pass);

  /**
   * The maps that raise the hidden states, side by side.
   *
   * @return their places
   */
  List<ModuleSlot> into();

  /**
   * The way back.
   *
   * @return the last map and what is behind it
   */
  BranchOutput output();

  /**
   * The modules that take part.
   *
   * @return their places, in the order of the data
   */
  default List<ModuleSlot> modules() {
    return Stream.concat(into().stream(), output().modules().stream()).toList();
  }

  /**
   * Has the work on single tokens taken down.
   *
   * @param <V> what stands for a vector
   * @param writer takes it down
   * @param x the hidden vector
   * @param residual a vector to add, which is used up
   * @return the result
   */
  <V> V write(TokenWriter<V> writer, V x, V residual);

  /**
   * down(activation(gate(x), up(x))) (Shazeer, 2020).
   *
   * @param gateAndUp hidden to intermediate, both; two maps, or one onto both
   * @param down intermediate to hidden
   * @param activation of both
   */
  record Gated(LinearMaps gateAndUp, BranchOutput down, Activation activation)
      implements FeedForward {
    /**
     * Takes gate and up in order.
     *
     * @param ops the operators
     * @param gateAndUp both, or one map onto gate and up one after the other
     * @param down intermediate to hidden
     * @param activation of both
     * @return the feed-forward part
     */
    public static Gated of(
        TorchOps ops, List<ModuleSlot> gateAndUp, BranchOutput down, Activation activation) {
      return new Gated(new LinearMaps(ops, gateAndUp), down, activation);
    }

    /**
     * Takes gate and up in order, without a norm at the end.
     *
     * @param ops the operators
     * @param gateAndUp both, or one map onto gate and up one after the other
     * @param down intermediate to hidden
     * @param activation of both
     * @return the feed-forward part
     */
    public static Gated of(
        TorchOps ops, List<ModuleSlot> gateAndUp, ModuleSlot down, Activation activation) {
      return of(ops, gateAndUp, new BranchOutput.Plain(down), activation);
    }

    @Override
    public NDArray forward(NDArray x, NDArray residual, ForwardPass pass) {
      NDArray raised = gateAndUp.forward(x, pass);
      return down.forward(activation.step().forward(raised, pass.tape()), residual, pass);
    }

    @Override
    public <V> V write(TokenWriter<V> writer, V x, V residual) {
      List<V> both = writer.linears(gateAndUp.slots(), x);
      if (both.size() == 1) {
        int inner = down.linear().module().inFeatures();
        both = writer.split(both.get(0), List.of(inner, inner));
      }
      return down.write(writer, writer.activate(activation.ofTokens(), both), residual);
    }

    @Override
    public List<ModuleSlot> into() {
      return gateAndUp.slots();
    }

    @Override
    public BranchOutput output() {
      return down;
    }
  }

  /**
   * down(activation(up(x))).
   *
   * @param up hidden to intermediate
   * @param down intermediate to hidden
   * @param activation between them
   */
  record Plain(ModuleSlot up, BranchOutput down, Activation activation) implements FeedForward {
    /**
     * Without a norm at the end.
     *
     * @param up hidden to intermediate
     * @param down intermediate to hidden
     * @param activation between them
     */
    public Plain(ModuleSlot up, ModuleSlot down, Activation activation) {
      this(up, new BranchOutput.Plain(down), activation);
    }

    @Override
    public NDArray forward(NDArray x, NDArray residual, ForwardPass pass) {
      NDArray raised = up.forward(x, pass);
      return down.forward(activation.step().forward(raised, pass.tape()), residual, pass);
    }

    @Override
    public <V> V write(TokenWriter<V> writer, V x, V residual) {
      List<V> raised = writer.linears(List.of(up), x);
      return down.write(writer, writer.activate(activation.ofTokens(), raised), residual);
    }

    @Override
    public List<ModuleSlot> into() {
      return List.of(up);
    }

    @Override
    public BranchOutput output() {
      return down;
    }
  }
}
