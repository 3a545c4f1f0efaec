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
   * Writes the projection of one token into a fused operator.
   *
   * @param script where to
   * @param x the name of the hidden vector
   * @param spec the decoder's shape
   * @return the names of q, k, v, each (heads, headDim)
   */
  List<String> write(TokenScript script, String x, DecoderSpec spec);

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
    public List<String> write(TokenScript script, String x, DecoderSpec spec) {
      return TokenLinear.writeAll(script, modules(), x).stream()
          .map(y -> script.let("torch.reshape(%s, [-1, %d])".formatted(y, spec.headDim())))
          .toList();
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
    public List<String> write(TokenScript script, String x, DecoderSpec spec) {
      return layout.write(script, TokenLinear.write(script, linear, x));
    }

    @Override
    public List<ModuleSlot> modules() {
      return List.of(linear);
    }
  }
}
