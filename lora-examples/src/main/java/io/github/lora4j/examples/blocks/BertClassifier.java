// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jspecify.annotations.Nullable;

/** DJL's BERT with a linear classifier on its pooled output. */
final class BertClassifier extends AbstractBlock {
  private final BertBlock bert;
  private final Block classifier;
  private final int classes;

  /**
   * Creates the block.
   *
   * @param bert maps token ids, type ids and masks (B, S) to hidden states and a pooled output (B,
   *     width)
   * @param classes how many classes there are
   */
  @SuppressWarnings("this-escape")
  BertClassifier(BertBlock bert, int classes) {
    this.bert = addChildBlock("bert", bert);
    this.classes = classes;
    classifier = addChildBlock("classifier", Linear.builder().setUnits(classes).build());
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray pooled = bert.forward(store, inputs, training).get(1);
    return classifier.forward(store, new NDList(pooled), training);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return new Shape[] {new Shape(inputs[0].get(0), classes)};
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
    bert.initialize(manager, type, inputs);
    classifier.initialize(manager, type, bert.getOutputShapes(inputs)[1]);
  }
}
