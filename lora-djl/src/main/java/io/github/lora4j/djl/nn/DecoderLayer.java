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
 * @param attentionOutput the projection out of attention
 * @param feedForwardNorm the norm before the feed-forward part
 * @param feedForward the feed-forward part
 * @param residualAfterNorm whether the residual starts after the norm
 */
record DecoderLayer(
    int index,
    ModuleSlot attentionNorm,
    QueryKeyValue queryKeyValue,
    ModuleSlot attentionOutput,
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

  /** Writes the layer's work on one token, {@code h} in, its result's name out. */
  String write(TokenScript script, DecoderSpec spec, PositionScheme positions) {
    String normed = TokenLinear.write(script, attentionNorm, "h");
    String middle =
        writeAttention(script, normed, residualAfterNorm ? normed : "h", spec, positions);
    String normedMiddle = TokenLinear.write(script, feedForwardNorm, middle);
    return feedForward.write(script, normedMiddle, residualAfterNorm ? normedMiddle : middle);
  }

  private String writeAttention(
      TokenScript script, String x, String residual, DecoderSpec spec, PositionScheme positions) {
    List<String> qkv = queryKeyValue.write(script, x, spec);
    String q = positions.writeRotation(script, qkv.get(0));
    String k = positions.writeRotation(script, qkv.get(1));
    script.line("torch.copy_(torch.select(torch.select(keys, 0, 0), 1, slot), %s)".formatted(k));
    script.line(
        "torch.copy_(torch.select(torch.select(values, 0, 0), 1, slot), %s)".formatted(qkv.get(2)));
    String queries =
        script.let(
            "torch.reshape(%s, [1, %d, -1, %d])"
                .formatted(q, spec.keyValueHeads(), spec.headDim()));
    String seen = script.let("torch.slice(keys, 2, 0, slot + 1)");
    String values = script.let("torch.slice(values, 2, 0, slot + 1)");
    String attended =
        script.let(
            "torch.scaled_dot_product_attention(%s, %s, %s, %s, 0., False)"
                .formatted(queries, seen, values, positions.masksTokens() ? "mask" : "None"));
    String joined = script.let("torch.reshape(%s, [-1])".formatted(attended));
    return TokenLinear.write(script, attentionOutput, joined, residual);
  }

  List<ModuleSlot> modules() {
    return Stream.of(
            Stream.of(attentionNorm),
            queryKeyValue.modules().stream(),
            Stream.of(attentionOutput, feedForwardNorm),
            feedForward.modules().stream())
        .flatMap(s -> s)
        .toList();
  }
}
