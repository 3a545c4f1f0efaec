// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ActivationStep;
import java.util.List;
import java.util.stream.Stream;

/** How a layer's queries, keys and values come from its hidden states. */
public sealed interface QueryKeyValue
    permits QueryKeyValue.Separate,
        QueryKeyValue.Fused,
        QueryKeyValue.Clipped,
        NormedQueryKeyValue {
  /**
   * Projects.
   *
   * @param x shape (T, hidden)
   * @param pass the batch's pass
   * @return queries, keys and values in one array, shape (T, (heads + 2 · keyValueHeads) ·
   *     headDim), divided as {@link QkvLayout} says
   */
  NDArray project(NDArray x, ForwardPass pass);

  /**
   * How queries, keys and values lie in what {@link #project} gives.
   *
   * @return the layout
   */
  QkvLayout layout();

  /**
   * The maps onto queries, keys and values.
   *
   * @return their places
   */
  List<ModuleSlot> linears();

  /**
   * The norms of queries and of keys.
   *
   * @return their places, or nothing
   */
  default List<ModuleSlot> norms() {
    return List.of();
  }

  /**
   * The modules that take part.
   *
   * @return their places, in the order of the data
   */
  default List<ModuleSlot> modules() {
    return Stream.concat(linears().stream(), norms().stream()).toList();
  }

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
   * @param maps query onto heads · headDim, key and value onto keyValueHeads · headDim
   * @param layout one after the other
   */
  record Separate(LinearMaps maps, QkvLayout layout) implements QueryKeyValue {
    /**
     * Takes the three in order.
     *
     * @param ops the operators
     * @param spec the decoder's shape
     * @param linears query, key, value
     * @return the projection
     */
    public static Separate of(TorchOps ops, DecoderSpec spec, List<ModuleSlot> linears) {
      return new Separate(new LinearMaps(ops, linears), QkvLayout.columns(ops, spec));
    }

    @Override
    public NDArray project(NDArray x, ForwardPass pass) {
      return maps.forward(x, pass);
    }

    @Override
    public <V> List<V> write(TokenWriter<V> writer, V x) {
      return writer.linears(linears(), x);
    }

    @Override
    public List<ModuleSlot> linears() {
      return maps.slots();
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
    public NDArray project(NDArray x, ForwardPass pass) {
      return linear.forward(x, pass);
    }

    @Override
    public <V> List<V> write(TokenWriter<V> writer, V x) {
      return layout.write(writer, writer.linears(linears(), x).get(0));
    }

    @Override
    public List<ModuleSlot> linears() {
      return List.of(linear);
    }
  }

  /**
   * Queries, keys and values cut to a range (MPT: {@code clip_qkv}).
   *
   * @param unclipped the projection
   * @param limit values are cut to −limit … limit
   * @param clamp the same on rows
   */
  record Clipped(QueryKeyValue unclipped, double limit, ActivationStep clamp)
      implements QueryKeyValue {
    /**
     * Cuts what a projection gives.
     *
     * @param ops the operators
     * @param unclipped the projection
     * @param limit values are cut to −limit … limit
     * @return the projection
     */
    public static Clipped of(TorchOps ops, QueryKeyValue unclipped, double limit) {
      return new Clipped(unclipped, limit, ActivationStep.clamp(ops, limit));
    }

    @Override
    public NDArray project(NDArray x, ForwardPass pass) {
      return clamp.forward(unclipped.project(x, pass), pass.tape());
    }

    @Override
    public QkvLayout layout() {
      return unclipped.layout();
    }

    @Override
    public <V> List<V> write(TokenWriter<V> writer, V x) {
      return unclipped.write(writer, x).stream().map(part -> writer.clip(part, limit)).toList();
    }

    @Override
    public List<ModuleSlot> linears() {
      return unclipped.linears();
    }

    @Override
    public List<ModuleSlot> norms() {
      return unclipped.norms();
    }
  }
}
