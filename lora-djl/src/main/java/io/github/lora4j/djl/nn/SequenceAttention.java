// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.AttentionMask;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;

/**
 * Attention over whole sequences, within the window of each layer; equal neighbours in length go
 * together in one product.
 */
final class SequenceAttention implements AttentionPass {
  private final boolean fused;
  private final IntUnaryOperator windows;
  private final List<Group> groups = new ArrayList<>();

  /** Each token sees those before it, in the order that positions give, as far as windows reach. */
  SequenceAttention(
      NDManager manager, AttentionMasks masks, AttentionSpec attention, RaggedBatch batch) {
    fused = !manager.getDevice().isGpu() && attention.scores().isFusedOnCpu();
    windows = attention::window;
    Map<Integer, Map<Integer, Optional<NDArray>>> known = new HashMap<>();
    for (RaggedBatch.Run run : batch.runs()) {
      groups.add(
          new Group(
              span(manager, run),
              AttentionMask.CAUSAL,
              known.computeIfAbsent(run.length(), masks::ofSequences)));
    }
  }

  /** Each token sees its whole sequence. */
  SequenceAttention(NDManager manager, RaggedBatch batch) {
    fused = !manager.getDevice().isGpu();
    windows = layer -> AttentionSpec.ALL;
    for (RaggedBatch.Run run : batch.runs()) {
      groups.add(new Group(span(manager, run), AttentionMask.NONE, Map.of()));
    }
  }

  private static NDArray span(NDManager manager, RaggedBatch.Run run) {
    return manager.create(new long[] {run.first(), run.count(), run.length()});
  }

  @Override
  public NDArray attend(int layer, NDArray qkv, QkvLayout layout, Tape tape) {
    QkvOps ops = layout.ops();
    int window = windows.applyAsInt(layer);
    List<Sequences> sequences = groups.stream().map(group -> group.within(window)).toList();
    return fused && !EngineMode.isRecording()
        ? fused(qkv, sequences, ops, tape)
        : tape.island(qkv, false, x -> differentiable(x, sequences, ops));
  }

  private static NDArray differentiable(NDArray qkv, List<Sequences> sequences, QkvOps ops) {
    List<NDArray> parts =
        sequences.stream().map(s -> ops.attend(s.kind).apply(s.arguments(qkv, s.span))).toList();
    return joined(parts);
  }

  private static NDArray fused(NDArray qkv, List<Sequences> sequences, QkvOps ops, Tape tape) {
    List<NDArray> parts = new ArrayList<>();
    List<NDArray> logSumExps = new ArrayList<>();
    for (Sequences some : sequences) {
      NDList both = ops.attendOnCpu(some.kind).applyAll(some.arguments(qkv, some.span));
      parts.add(both.get(0));
      logSumExps.add(both.get(1));
    }
    NDArray y = joined(parts);
    if (tape.tracks(qkv)) {
      tape.record(
          y,
          (dy, t) -> t.give(qkv, backward(dy, qkv, y, logSumExps, sequences, ops)),
          Stream.concat(Stream.of(qkv, y), logSumExps.stream()).toArray(NDArray[]::new));
    }
    return y;
  }

  private static NDArray backward(
      NDArray dy,
      NDArray qkv,
      NDArray y,
      List<NDArray> logSumExps,
      List<Sequences> sequences,
      QkvOps ops) {
    NDArray dqkv = qkv.getManager().create(qkv.getShape());
    for (int i = 0; i < sequences.size(); i++) {
      Sequences some = sequences.get(i);
      ops.attendBackOnCpu(some.kind)
          .apply(some.arguments(dy, qkv, y, logSumExps.get(i), some.span, dqkv));
    }
    return dqkv;
  }

  private static NDArray joined(List<NDArray> parts) {
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(new NDList(parts), 0);
  }

  /** Sequences of one length, what they see without a mask, and their masks by window. */
  private record Group(
      NDArray span, AttentionMask unmasked, Map<Integer, Optional<NDArray>> masks) {
    Sequences within(int window) {
      Optional<NDArray> mask = masks.getOrDefault(window, Optional.empty());
      return new Sequences(span, mask.isPresent() ? AttentionMask.ADDITIVE : unmasked, mask);
    }
  }

  private record Sequences(NDArray span, AttentionMask kind, Optional<NDArray> mask) {
    NDArray[] arguments(NDArray... leading) {
      return Stream.concat(Stream.of(leading), mask.stream()).toArray(NDArray[]::new);
    }
  }
}
