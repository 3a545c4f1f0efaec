package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Causal attention over whole sequences, within the window of each layer; equal neighbours in
 * length go together in one product.
 */
final class SequenceAttention implements AttentionPass {
  private final AttentionSpec attention;
  private final boolean fused;
  private final List<Group> groups = new ArrayList<>();

  SequenceAttention(
      NDManager manager, AttentionMasks masks, AttentionSpec attention, RaggedBatch batch) {
    this.attention = attention;
    fused = !manager.getDevice().isGpu() && attention.scores().isFusedOnCpu();
    Map<Integer, Map<Integer, Optional<NDArray>>> known = new HashMap<>();
    for (RaggedBatch.Run run : batch.runs()) {
      NDArray span = manager.create(new long[] {run.first(), run.count(), run.length()});
      groups.add(new Group(span, known.computeIfAbsent(run.length(), masks::ofSequences)));
    }
  }

  @Override
  public NDArray attend(int layer, NDArray qkv, QkvLayout layout, Tape tape) {
    QkvOps ops = layout.ops();
    int window = attention.window(layer);
    List<Sequences> sequences = groups.stream().map(group -> group.within(window)).toList();
    return fused && !EngineMode.isRecording()
        ? fused(qkv, sequences, ops, tape)
        : tape.island(qkv, false, x -> differentiable(x, sequences, ops));
  }

  private static NDArray differentiable(NDArray qkv, List<Sequences> sequences, QkvOps ops) {
    List<NDArray> parts =
        sequences.stream()
            .map(s -> ops.attend(s.isMasked()).apply(s.arguments(qkv, s.span)))
            .toList();
    return joined(parts);
  }

  private static NDArray fused(NDArray qkv, List<Sequences> sequences, QkvOps ops, Tape tape) {
    List<NDArray> parts = new ArrayList<>();
    List<NDArray> logSumExps = new ArrayList<>();
    for (Sequences some : sequences) {
      NDList both = ops.attendOnCpu(some.isMasked()).applyAll(some.arguments(qkv, some.span));
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
      ops.attendBackOnCpu(some.isMasked())
          .apply(some.arguments(dy, qkv, y, logSumExps.get(i), some.span, dqkv));
    }
    return dqkv;
  }

  private static NDArray joined(List<NDArray> parts) {
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(new NDList(parts), 0);
  }

  /** Sequences of one length, their masks by window. */
  private record Group(NDArray span, Map<Integer, Optional<NDArray>> masks) {
    Sequences within(int window) {
      return new Sequences(span, masks.getOrDefault(window, Optional.empty()));
    }
  }

  private record Sequences(NDArray span, Optional<NDArray> mask) {
    boolean isMasked() {
      return mask.isPresent();
    }

    NDArray[] arguments(NDArray... leading) {
      return Stream.concat(Stream.of(leading), mask.stream()).toArray(NDArray[]::new);
    }
  }
}
