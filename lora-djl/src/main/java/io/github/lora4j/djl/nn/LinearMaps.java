// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Modules that read one input, their outputs side by side in one array. */
final class LinearMaps {
  private final TorchOps ops;
  private final List<ModuleSlot> slots;

  /**
   * Puts modules together.
   *
   * @param ops the operators
   * @param slots their places
   */
  LinearMaps(TorchOps ops, List<ModuleSlot> slots) {
    this.ops = ops;
    this.slots = List.copyOf(slots);
  }

  /** The places. */
  List<ModuleSlot> slots() {
    return slots;
  }

  /** Maps x, shape (T, in), to shape (T, sum of outs). */
  NDArray forward(NDArray x, ForwardPass pass) {
    Optional<LinearStep> joint = joint(x, pass);
    if (joint.isPresent() && !EngineMode.isRecording()) {
      return joint.get().forward(x, Optional.empty(), pass.training(), pass.tape());
    }
    List<NDArray> parts = slots.stream().map(slot -> slot.forward(x, pass)).toList();
    return parts.size() == 1 ? parts.get(0) : concat(parts, pass.tape());
  }

  private Optional<LinearStep> joint(NDArray x, ForwardPass pass) {
    List<LinearMap> maps =
        slots.stream().map(slot -> slot.linearMap(x, pass)).flatMap(Optional::stream).toList();
    if (slots.size() == 1 || maps.size() < slots.size()) {
      return Optional.empty();
    }
    List<JointWeight> weights =
        maps.stream()
            .map(LinearMap::block)
            .filter(DenseLinear.class::isInstance)
            .flatMap(block -> ((DenseLinear) block).joint().stream())
            .toList();
    boolean together =
        weights.size() == maps.size()
            && weights.get(0).outs().size() == maps.size()
            && weights.stream().allMatch(w -> w.rows() == weights.get(0).rows());
    return together
        ? Optional.of(
            new LinearStep(ops, new DenseWeight(ops.linearProducts(), weights.get(0).rows()), maps))
        : Optional.empty();
  }

  private NDArray concat(List<NDArray> parts, Tape tape) {
    NDArray[] inputs =
        Stream.concat(Stream.of(parts.get(0)), parts.stream()).toArray(NDArray[]::new);
    NDArray all = ops.concat(1, parts.size()).apply(inputs);
    if (parts.stream().anyMatch(tape::tracks)) {
      // The parts themselves are gone by the time of the walk back.
      long[] widths = parts.stream().mapToLong(part -> part.getShape().get(1)).toArray();
      tape.record(
          all,
          (dy, t) -> {
            long from = 0;
            for (int i = 0; i < widths.length; i++) {
              long to = from + widths[i];
              t.give(parts.get(i), LinearStep.columns(dy, from, to));
              from = to;
            }
          });
    }
    return all;
  }
}
