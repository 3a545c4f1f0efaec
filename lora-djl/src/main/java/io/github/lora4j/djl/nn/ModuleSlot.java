package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;

/** A named place in a decoder: the module that stands there, which an adapter may replace. */
public final class ModuleSlot {
  private final String name;
  private final ModuleKind kind;
  private final int in;
  private final int out;
  private final ParameterStore store;
  private Block block;

  ModuleSlot(String name, ModuleKind kind, int in, int out, ParameterStore store, Block block) {
    this.name = name;
    this.kind = kind;
    this.in = in;
    this.out = out;
    this.store = store;
    this.block = block;
  }

  /**
   * The module's path as its checkpoint names it.
   *
   * @return for example {@code model.layers.0.self_attn.q_proj}
   */
  public String name() {
    return name;
  }

  /**
   * What kind of module stands here.
   *
   * @return the kind
   */
  public ModuleKind kind() {
    return kind;
  }

  /**
   * Inputs: of a linear its columns, of an embedding its rows, of a norm its width.
   *
   * @return the number
   */
  public int inFeatures() {
    return in;
  }

  /**
   * Outputs.
   *
   * @return the number
   */
  public int outFeatures() {
    return out;
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
