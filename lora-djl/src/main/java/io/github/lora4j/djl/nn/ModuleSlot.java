package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.target.AdaptableModule;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A named place in a decoder. The base's own block always stands there; the layer of the low-rank
 * adapters may stand before it, and a copy with other weights in the stead of both.
 */
public final class ModuleSlot {
  private final AdaptableModule module;
  private final ParameterStore store;
  private WeightBlock base;
  private @Nullable LoraLinear lora;
  private @Nullable WeightBlock standIn;

  ModuleSlot(AdaptableModule module, ParameterStore store, WeightBlock base) {
    this.module = module;
    this.store = store;
    this.base = base;
  }

  /**
   * What stands here, by its shape.
   *
   * @return name, kind and sizes
   */
  public AdaptableModule module() {
    return module;
  }

  /**
   * The module's path as its checkpoint names it.
   *
   * @return for example {@code model.layers.0.self_attn.q_proj}
   */
  public String name() {
    return module.name();
  }

  /**
   * The base's own block, whether or not it is in use.
   *
   * @return the block with the base's weights
   */
  public WeightBlock base() {
    return base;
  }

  /**
   * Makes another block the base's own, for good.
   *
   * @param replacement maps the same input to the same output shape
   */
  public void settle(WeightBlock replacement) {
    base = replacement;
  }

  /**
   * The layer of the low-rank adapters before the base.
   *
   * @return the layer, or empty if no adapter has factors here
   */
  public Optional<LoraLinear> lora() {
    return Optional.ofNullable(lora);
  }

  /**
   * Puts a layer of low-rank adapters before the base.
   *
   * @param layer the layer over {@link #base}, or null for none
   */
  public void adapt(@Nullable LoraLinear layer) {
    lora = layer;
  }

  /**
   * Uses a copy with other weights in the stead of the base and its adapters.
   *
   * @param copy the copy, or null for none
   */
  public void standIn(@Nullable WeightBlock copy) {
    standIn = copy;
  }

  /**
   * What is in use here now: the stand-in, or the base with its adapters, or the base.
   *
   * @return the block
   */
  public Block block() {
    if (standIn != null) {
      return standIn;
    }
    return lora == null ? base : lora;
  }

  /**
   * Runs the block in use.
   *
   * @param x its input
   * @param training whether dropout is on
   * @return its output, on the manager of x
   */
  public NDArray forward(NDArray x, boolean training) {
    return block().forward(store, new NDList(x), training).singletonOrThrow();
  }
}
