// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.loss.Loss;

/**
 * The mean cross entropy of the next token over all labels that are not −100 (transformers: {@code
 * ForCausalLMLoss}).
 *
 * <p>Labels (B, S) int64, logits (B, S, vocabulary): the logits at a position are held against the
 * label of the next one. A trainer of a {@link io.github.lora4j.CausalLm} recognises this loss and
 * computes it in chunks, and only for the positions that learn; its predictions are then the loss
 * itself.
 */
public final class CausalLmLoss extends Loss {
  /** The label that is not learned. */
  public static final int IGNORED_LABEL = TokenLoss.IGNORED_LABEL;

  /** The loss under the name {@code CausalLmLoss}. */
  public CausalLmLoss() {
    super("CausalLmLoss");
  }

  /**
   * {@inheritDoc}
   *
   * @param labels (B, S) int64
   * @param predictions logits (B, S, vocabulary), or the loss itself, a scalar
   * @return the mean, a scalar; NaN if no label is learned, as transformers gives it
   */
  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    NDArray logits = predictions.singletonOrThrow();
    if (logits.getShape().dimension() == 0) {
      return logits;
    }
    NDArray next = labels.singletonOrThrow().get(new NDIndex(":, 1:"));
    return TokenLoss.mean(next, logits.get(new NDIndex(":, :-1")));
  }
}
