package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;

/**
 * One pre-norm layer: {@code h += attention(norm(h)); h += feedForward(norm(h))}.
 *
 * @param index which layer it is
 * @param attentionNorm the norm before attention
 * @param queryKeyValue the projections into attention
 * @param attentionOutput the way out of attention
 * @param feedForwardNorm the norm before the feed-forward part
 * @param feedForward the feed-forward part
 * @param residualAfterNorm whether the residual starts after the norm
 */
record DecoderLayer(
    int index,
    ModuleSlot attentionNorm,
    QueryKeyValue queryKeyValue,
    BranchOutput attentionOutput,
    ModuleSlot feedForwardNorm,
    FeedForward feedForward,
    boolean residualAfterNorm) {

  NDArray forward(NDArray hidden, ForwardPass pass) {
    NDArray normed = attentionNorm.forward(hidden, pass);
    NDArray middle =
        attentionOutput.forward(attend(normed, pass), residualAfterNorm ? normed : hidden, pass);
    NDArray normedMiddle = feedForwardNorm.forward(middle, pass);
    return feedForward.forward(normedMiddle, residualAfterNorm ? normedMiddle : middle, pass);
  }

  private NDArray attend(NDArray x, ForwardPass pass) {
    QkvLayout layout = queryKeyValue.layout();
    NDArray qkv = queryKeyValue.project(x, pass);
    NDArray rotated = pass.rotation().apply(qkv, layout, pass.tape());
    return pass.attention().attend(index, rotated, layout, pass.tape());
  }

  /** Has the layer's work on single tokens taken down. */
  <V> V write(TokenWriter<V> writer, V hidden) {
    V normed = TokenLinear.norm(writer, attentionNorm, hidden);
    V attended = writer.attend(index, queryKeyValue.write(writer, normed));
    V middle = attentionOutput.write(writer, attended, residualAfterNorm ? normed : hidden);
    V normedMiddle = TokenLinear.norm(writer, feedForwardNorm, middle);
    return feedForward.write(writer, normedMiddle, residualAfterNorm ? normedMiddle : middle);
  }

  LayerParts parts() {
    return new LayerParts(
        attentionNorm,
        queryKeyValue.linears(),
        queryKeyValue.norms(),
        attentionOutput.linear(),
        attentionOutput.norms(),
        feedForwardNorm,
        feedForward.into(),
        feedForward.output().linear(),
        feedForward.output().norms());
  }

  List<ModuleSlot> modules() {
    return Stream.of(
            Stream.of(attentionNorm),
            queryKeyValue.modules().stream(),
            attentionOutput.modules().stream(),
            Stream.of(feedForwardNorm),
            feedForward.modules().stream())
        .flatMap(s -> s)
        .toList();
  }
}
