package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** The part of a layer that looks at each token alone. */
public sealed interface FeedForward {
  /**
   * Computes the layer's second half.
   *
   * @param x shape (T, hidden)
   * @param training whether dropout is on
   * @return shape (T, hidden)
   */
  NDArray forward(NDArray x, boolean training);

  /**
   * The modules that take part.
   *
   * @return their places, in the order of the data
   */
  List<ModuleSlot> modules();

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
   * @param gate hidden to intermediate
   * @param up hidden to intermediate
   * @param down intermediate to hidden
   * @param activation of both
   */
  record Gated(ModuleSlot gate, ModuleSlot up, ModuleSlot down, Activation activation)
      implements FeedForward {
    /**
     * Takes gate and up in order.
     *
     * @param gateAndUp both
     * @param down intermediate to hidden
     * @param activation of both
     * @return the feed-forward part
     */
    public static Gated of(List<ModuleSlot> gateAndUp, ModuleSlot down, Activation activation) {
      return new Gated(gateAndUp.get(0), gateAndUp.get(1), down, activation);
    }

    @Override
    public NDArray forward(NDArray x, boolean training) {
      NDArray gated = gate.forward(x, training);
      return down.forward(activation.op().apply(gated, up.forward(x, training)), training);
    }

    @Override
    public <V> V write(TokenWriter<V> writer, V x, V residual) {
      List<V> both = writer.linears(List.of(gate, up), x);
      return writer.linear(down, writer.activate(activation.ofTokens(), both), residual);
    }

    @Override
    public List<ModuleSlot> modules() {
      return List.of(gate, up, down);
    }
  }

  /**
   * down(activation(up(x))).
   *
   * @param up hidden to intermediate
   * @param down intermediate to hidden
   * @param activation between them
   */
  record Plain(ModuleSlot up, ModuleSlot down, Activation activation) implements FeedForward {
    @Override
    public NDArray forward(NDArray x, boolean training) {
      return down.forward(activation.op().apply(up.forward(x, training)), training);
    }

    @Override
    public <V> V write(TokenWriter<V> writer, V x, V residual) {
      List<V> raised = writer.linears(List.of(up), x);
      return writer.linear(down, writer.activate(activation.ofTokens(), raised), residual);
    }

    @Override
    public List<ModuleSlot> modules() {
      return List.of(up, down);
    }
  }
}
