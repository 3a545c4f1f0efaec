package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.TorchOp;
import java.util.List;

/** How a layer's queries, keys and values come from its hidden states. */
public sealed interface QueryKeyValue {
  /**
   * Projects.
   *
   * @param x shape (T, hidden)
   * @param training whether dropout is on
   * @return q (T, heads · headDim), k and v (T, keyValueHeads · headDim)
   */
  NDList project(NDArray x, boolean training);

  /**
   * The modules that take part.
   *
   * @return their places, in the order of the data
   */
  List<ModuleSlot> modules();

  /**
   * Three linears.
   *
   * @param query onto heads · headDim
   * @param key onto keyValueHeads · headDim
   * @param value onto keyValueHeads · headDim
   */
  record Separate(ModuleSlot query, ModuleSlot key, ModuleSlot value) implements QueryKeyValue {
    @Override
    public NDList project(NDArray x, boolean training) {
      return new NDList(
          query.forward(x, training), key.forward(x, training), value.forward(x, training));
    }

    @Override
    public List<ModuleSlot> modules() {
      return List.of(query, key, value);
    }
  }

  /**
   * One linear, its result split by an operator.
   *
   * @param linear onto all three
   * @param split its result → q, k, v
   */
  record Fused(ModuleSlot linear, TorchOp split) implements QueryKeyValue {
    @Override
    public NDList project(NDArray x, boolean training) {
      return split.applyAll(linear.forward(x, training));
    }

    @Override
    public List<ModuleSlot> modules() {
      return List.of(linear);
    }
  }
}
