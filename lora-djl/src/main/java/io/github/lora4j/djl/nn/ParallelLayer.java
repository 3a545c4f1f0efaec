// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;

/**
 * A layer whose two parts read the same hidden states: {@code h += attention(norm(h)) +
 * feedForward(norm'(h))} (Wang and Komatsuzaki, 2021, GPT-J; Black et al., 2022, GPT-NeoX).
 *
 * @param attentionNorm the norm before attention
 * @param attention attention
 * @param feedForwardNorm the norm before the feed-forward part; that of attention where they share
 *     one
 * @param feedForward the feed-forward part
 */
record ParallelLayer(
    ModuleSlot attentionNorm,
    SelfAttention attention,
    ModuleSlot feedForwardNorm,
    FeedForward feedForward)
    implements DecoderLayer {

  @Override
  public NDArray forward(NDArray hidden, ForwardPass pass) {
    NDArray normed = attentionNorm.forward(hidden, pass);
    NDArray normedToo = sharesNorm() ? normed : feedForwardNorm.forward(hidden, pass);
    return feedForward.forward(normedToo, attention.forward(normed, hidden, pass), pass);
  }

  @Override
  public <V> V write(TokenWriter<V> writer, V hidden) {
    V normed = TokenLinear.norm(writer, attentionNorm, hidden);
    V normedToo = sharesNorm() ? normed : TokenLinear.norm(writer, feedForwardNorm, hidden);
    return feedForward.write(writer, normedToo, attention.write(writer, normed, hidden));
  }

  private boolean sharesNorm() {
    return attentionNorm == feedForwardNorm;
  }
}
