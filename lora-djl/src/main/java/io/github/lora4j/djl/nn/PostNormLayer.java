// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;

/**
 * A post-norm layer: {@code h = norm(h + attention(h)); h = norm(h + feedForward(h))} (Vaswani et
 * al., 2017; OPT 350M).
 *
 * @param attention attention
 * @param attentionNorm the norm after attention
 * @param feedForward the feed-forward part
 * @param feedForwardNorm the norm after the feed-forward part
 */
record PostNormLayer(
    SelfAttention attention,
    ModuleSlot attentionNorm,
    FeedForward feedForward,
    ModuleSlot feedForwardNorm)
    implements DecoderLayer {

  @Override
  public NDArray forward(NDArray hidden, ForwardPass pass) {
    NDArray middle = attentionNorm.forward(attention.forward(hidden, hidden, pass), pass);
    return feedForwardNorm.forward(feedForward.forward(middle, middle, pass), pass);
  }

  @Override
  public <V> V write(TokenWriter<V> writer, V hidden) {
    V middle = TokenLinear.norm(writer, attentionNorm, attention.write(writer, hidden, hidden));
    return TokenLinear.norm(writer, feedForwardNorm, feedForward.write(writer, middle, middle));
  }
}
