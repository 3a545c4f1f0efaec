// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;

/**
 * The mean cross entropy of each token's own label over all labels that are not −100 (transformers:
 * the loss of {@code ForTokenClassification} and {@code ForMaskedLM}).
 *
 * <p>Labels (B, S) int64, logits (B, S, labels or vocabulary). For the next token's label there is
 * {@link CausalLmLoss}.
 */
public final class TokenLoss extends Loss {
  /** The label that is not learned. */
  public static final int IGNORED_LABEL = -100;

  /** The loss under the name {@code TokenLoss}. */
  public TokenLoss() {
    super("TokenLoss");
  }

  /**
   * {@inheritDoc}
   *
   * @param labels (B, S) int64
   * @param predictions logits (B, S, classes)
   * @return the mean, a scalar; NaN if no label is learned, as transformers gives it
   */
  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    return mean(labels.singletonOrThrow(), predictions.singletonOrThrow());
  }

  /** The mean over the labels that are learned, any shape; logits have one dimension more. */
  static NDArray mean(NDArray labels, NDArray logits) {
    NDArray classes = labels.toType(DataType.INT64, true);
    NDArray index = classes.maximum(0).expandDims(-1);
    NDArray picked = logits.logSoftmax(-1).gather(index, -1).squeeze(-1);
    NDArray weight = classes.neq(IGNORED_LABEL).toType(DataType.FLOAT32, true);
    return picked.mul(weight).sum().neg().div(weight.sum());
  }
}
