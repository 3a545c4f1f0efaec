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
import java.util.stream.Stream;

/** Attention over whole sequences; equal neighbours in length go together in one product. */
final class SequenceAttention implements AttentionPass {
  private final boolean onCpu;
  private final List<Group> groups = new ArrayList<>();

  /** Each token sees those before it, in the order that positions give. */
  SequenceAttention(NDManager manager, PositionScheme positions, RaggedBatch batch) {
    onCpu = !manager.getDevice().isGpu();
    Map<Integer, Optional<NDArray>> masks = new HashMap<>();
    for (RaggedBatch.Run run : batch.runs()) {
      Optional<NDArray> mask = masks.computeIfAbsent(run.length(), l -> positions.mask(manager, l));
      AttentionMask kind = mask.isPresent() ? AttentionMask.ADDITIVE : AttentionMask.CAUSAL;
      groups.add(new Group(span(manager, run), kind, mask));
    }
  }

  /** Each token sees its whole sequence. */
  SequenceAttention(NDManager manager, RaggedBatch batch) {
    onCpu = !manager.getDevice().isGpu();
    for (RaggedBatch.Run run : batch.runs()) {
      groups.add(new Group(span(manager, run), AttentionMask.NONE, Optional.empty()));
    }
  }

  private static NDArray span(NDManager manager, RaggedBatch.Run run) {
    return manager.create(new long[] {run.first(), run.count(), run.length()});
  }

  @Override
  public NDArray attend(int layer, NDArray qkv, QkvLayout layout, Tape tape) {
    QkvOps ops = layout.ops();
    return onCpu && !EngineMode.isRecording()
        ? onCpu(qkv, ops, tape)
        : tape.island(qkv, false, x -> anywhere(x, ops));
  }

  private NDArray anywhere(NDArray qkv, QkvOps ops) {
    List<NDArray> parts =
        groups.stream().map(g -> ops.attend(g.kind).apply(g.arguments(qkv, g.span))).toList();
    return joined(parts);
  }

  private NDArray onCpu(NDArray qkv, QkvOps ops, Tape tape) {
    List<NDArray> parts = new ArrayList<>();
    List<NDArray> logSumExps = new ArrayList<>();
    for (Group group : groups) {
      NDList both = ops.attendOnCpu(group.kind).applyAll(group.arguments(qkv, group.span));
      parts.add(both.get(0));
      logSumExps.add(both.get(1));
    }
    NDArray y = joined(parts);
    if (tape.tracks(qkv)) {
      tape.record(
          y,
          (dy, t) -> t.give(qkv, backward(dy, qkv, y, logSumExps, ops)),
          Stream.concat(Stream.of(qkv, y), logSumExps.stream()).toArray(NDArray[]::new));
    }
    return y;
  }

  private NDArray backward(
      NDArray dy, NDArray qkv, NDArray y, List<NDArray> logSumExps, QkvOps ops) {
    NDArray dqkv = qkv.getManager().create(qkv.getShape());
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      ops.attendBackOnCpu(group.kind)
          .apply(group.arguments(dy, qkv, y, logSumExps.get(i), group.span, dqkv));
    }
    return dqkv;
  }

  private static NDArray joined(List<NDArray> parts) {
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(new NDList(parts), 0);
  }

  private record Group(NDArray span, AttentionMask kind, Optional<NDArray> mask) {
    NDArray[] arguments(NDArray... leading) {
      return Stream.concat(Stream.of(leading), mask.stream()).toArray(NDArray[]::new);
    }
  }
}
