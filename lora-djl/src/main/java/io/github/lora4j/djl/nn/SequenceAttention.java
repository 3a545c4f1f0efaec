package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Causal attention over whole sequences; equal neighbours in length go together in one product. */
final class SequenceAttention implements AttentionPass {
  private final TorchOp causal;
  private final TorchOp masked;
  private final List<Group> groups = new ArrayList<>();

  SequenceAttention(
      NDManager manager,
      TorchOps ops,
      DecoderSpec spec,
      PositionScheme positions,
      RaggedBatch batch) {
    causal = ops.causalAttention(spec.headDim(), spec.keyValueHeads());
    masked = ops.maskedAttention(spec.headDim(), spec.keyValueHeads());
    Map<Integer, Optional<NDArray>> masks = new HashMap<>();
    for (RaggedBatch.Run run : batch.runs()) {
      NDArray span = manager.create(new long[] {run.first(), run.count(), run.length()});
      groups.add(
          new Group(span, masks.computeIfAbsent(run.length(), l -> positions.mask(manager, l))));
    }
  }

  @Override
  public NDArray attend(int layer, NDArray q, NDArray k, NDArray v) {
    NDList parts = new NDList(groups.size());
    for (Group group : groups) {
      parts.add(
          group
              .mask
              .map(mask -> masked.apply(q, k, v, group.span, mask))
              .orElseGet(() -> causal.apply(q, k, v, group.span)));
    }
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, 0);
  }

  private record Group(NDArray span, Optional<NDArray> mask) {}
}
