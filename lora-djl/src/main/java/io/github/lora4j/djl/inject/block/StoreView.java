// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.block;

import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;

/** What a block sees of the store that its forward pass is given. */
@FunctionalInterface
public interface StoreView {
  /** The store itself. */
  StoreView PLAIN = (store, inputs) -> store;

  /**
   * The store that the block is to ask.
   *
   * @param store the store that was given
   * @param inputs the inputs of the forward pass; their manager owns what the view makes
   * @return the view, for this one forward pass
   */
  ParameterStore over(ParameterStore store, NDList inputs);
}
