// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;

/**
 * One layer: attention and a feed-forward part, a norm for each, and how they follow each other.
 */
interface DecoderLayer {
  /** Attention. */
  SelfAttention attention();

  /** The part that looks at each token alone. */
  FeedForward feedForward();

  /** The norm that belongs to attention. */
  ModuleSlot attentionNorm();

  /** The norm that belongs to the feed-forward part; may be that of attention. */
  ModuleSlot feedForwardNorm();

  /** Maps hidden states, shape (T, hidden), to those behind the layer. */
  NDArray forward(NDArray hidden, ForwardPass pass);

  /** Has the layer's work on single tokens taken down. */
  <V> V write(TokenWriter<V> writer, V hidden);

  /** Which layer it is. */
  default int index() {
    return attention().layer();
  }

  /** The modules by what they do. */
  default LayerParts parts() {
    QueryKeyValue queryKeyValue = attention().queryKeyValue();
    BranchOutput outOfAttention = attention().output();
    BranchOutput outOfFeedForward = feedForward().output();
    return new LayerParts(
        attentionNorm(),
        queryKeyValue.linears(),
        queryKeyValue.norms(),
        outOfAttention.linear(),
        outOfAttention.norms(),
        feedForwardNorm(),
        feedForward().into(),
        outOfFeedForward.linear(),
        outOfFeedForward.norms());
  }

  /** The modules in the order of the data, each once. */
  default List<ModuleSlot> modules() {
    return Stream.of(
            Stream.of(attentionNorm()),
            attention().queryKeyValue().modules().stream(),
            attention().output().modules().stream(),
            Stream.of(feedForwardNorm()),
            feedForward().modules().stream())
        .flatMap(s -> s)
        .distinct()
        .toList();
  }
}
