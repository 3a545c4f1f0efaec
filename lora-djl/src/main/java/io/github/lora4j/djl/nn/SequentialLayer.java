// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;

/**
 * A pre-norm layer: {@code h += attention(norm(h)); h += feedForward(norm(h))}.
 *
 * @param attentionNorm the norm before attention
 * @param attention attention
 * @param feedForwardNorm the norm before the feed-forward part
 * @param feedForward the feed-forward part
 * @param residualAfterNorm whether the residual starts after the norm
 */
record SequentialLayer(
    ModuleSlot attentionNorm,
    SelfAttention attention,
    ModuleSlot feedForwardNorm,
    FeedForward feedForward,
    boolean residualAfterNorm)
    implements DecoderLayer {

  @Override
  public NDArray forward(NDArray hidden, ForwardPass pass) {
    NDArray normed = attentionNorm.forward(hidden, pass);
    NDArray middle = attention.forward(normed, residualAfterNorm ? normed : hidden, pass);
    NDArray normedMiddle = feedForwardNorm.forward(middle, pass);
    return feedForward.forward(normedMiddle, residualAfterNorm ? normedMiddle : middle, pass);
  }

  @Override
  public <V> V write(TokenWriter<V> writer, V hidden) {
    V normed = TokenLinear.norm(writer, attentionNorm, hidden);
    V middle = attention.write(writer, normed, residualAfterNorm ? normed : hidden);
    V normedMiddle = TokenLinear.norm(writer, feedForwardNorm, middle);
    return feedForward.write(writer, normedMiddle, residualAfterNorm ? normedMiddle : middle);
  }
}
