// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.block;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBaseBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lora4j.djl.inject.AdapterSet;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A foreign block with adapters: its forward pass is the block's own, on what its parameters are
 * worth; its parameters are the block's and the adapters'.
 */
public final class AdaptedBlock extends AbstractBaseBlock {
  private final Block base;
  private final StoreView view;
  private final AdapterSet adapters;

  /**
   * Wraps a block.
   *
   * @param base the block, initialised
   * @param view what it sees of a store
   * @param adapters the adapters on it
   */
  public AdaptedBlock(Block base, StoreView view, AdapterSet adapters) {
    this.base = base;
    this.view = view;
    this.adapters = adapters;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    return base.forward(view.over(store, inputs), inputs, training, params);
  }

  @Override
  public NDList forward(
      ParameterStore store, NDList data, NDList labels, @Nullable PairList<String, Object> params) {
    return base.forward(view.over(store, data), data, labels, params);
  }

  /** {@inheritDoc} Those of the adapters, under PEFT's names in memory. */
  @Override
  public ParameterList getDirectParameters() {
    ParameterList own = new ParameterList();
    adapters.all().stream()
        .flatMap(adapter -> adapter.trained().values().stream())
        .forEach((Parameter parameter) -> own.add(parameter.getName(), parameter));
    return own;
  }

  @Override
  public BlockList getChildren() {
    return new BlockList(List.of("base"), List.of(base));
  }

  @Override
  public boolean isInitialized() {
    return base.isInitialized();
  }

  @Override
  public void initialize(NDManager manager, DataType dataType, Shape... shapes) {
    base.initialize(manager, dataType, shapes);
  }

  @Override
  public Shape[] getInputShapes() {
    return base.getInputShapes();
  }

  @Override
  public PairList<String, Shape> describeInput() {
    return base.describeInput();
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return base.getOutputShapes(inputShapes);
  }

  /** {@inheritDoc} The base's own. */
  @Override
  public void saveParameters(DataOutputStream out) throws IOException {
    base.saveParameters(out);
  }

  /** {@inheritDoc} The base's own. */
  @Override
  public void loadParameters(NDManager manager, DataInputStream in)
      throws IOException, MalformedModelException {
    base.loadParameters(manager, in);
  }
}
