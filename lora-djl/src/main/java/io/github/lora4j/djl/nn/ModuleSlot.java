package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.github.lora4j.target.AdaptableModule;

/** A named place in a decoder: the module that stands there, which an adapter may replace. */
public final class ModuleSlot {
  private final AdaptableModule module;
  private final ParameterStore store;
  private Block block;

  ModuleSlot(AdaptableModule module, ParameterStore store, Block block) {
    this.module = module;
    this.store = store;
    this.block = block;
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
   * The module that stands here now.
   *
   * @return the block
   */
  public Block block() {
    return block;
  }

  /**
   * Puts another module here.
   *
   * @param replacement maps the same input to the same output shape
   */
  public void replace(Block replacement) {
    block = replacement;
  }

  /**
   * Runs the module.
   *
   * @param x its input
   * @param training whether dropout is on
   * @return its output, on the manager of x
   */
  public NDArray forward(NDArray x, boolean training) {
    return block.forward(store, new NDList(x), training).singletonOrThrow();
  }
}
