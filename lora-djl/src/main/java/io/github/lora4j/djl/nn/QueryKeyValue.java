package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
   * Has the projection of single tokens taken down.
   *
   * @param <V> what stands for a vector
   * @param writer takes it down
   * @param x the hidden vector
   * @return q, k, v
   */
  <V> List<V> write(TokenWriter<V> writer, V x);

  /**
   * Three linears.
   *
   * @param query onto heads · headDim
   * @param key onto keyValueHeads · headDim
   * @param value onto keyValueHeads · headDim
   */
  record Separate(ModuleSlot query, ModuleSlot key, ModuleSlot value) implements QueryKeyValue {
    /**
     * Takes the three in order.
     *
     * @param linears query, key, value
     * @return the projection
     */
    public static Separate of(List<ModuleSlot> linears) {
      return new Separate(linears.get(0), linears.get(1), linears.get(2));
    }

    @Override
    public NDList project(NDArray x, boolean training) {
      return new NDList(
          query.forward(x, training), key.forward(x, training), value.forward(x, training));
    }

    @Override
    public <V> List<V> write(TokenWriter<V> writer, V x) {
      return writer.linears(modules(), x);
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
   * @param layout how its rows are divided
   */
  record Fused(ModuleSlot linear, QkvLayout layout) implements QueryKeyValue {
    @Override
    public NDList project(NDArray x, boolean training) {
      return layout.split().applyAll(linear.forward(x, training));
    }

    @Override
    public <V> List<V> write(TokenWriter<V> writer, V x) {
      return layout.write(writer, writer.linears(modules(), x).get(0));
    }

    @Override
    public List<ModuleSlot> modules() {
      return List.of(linear);
    }
  }
}
