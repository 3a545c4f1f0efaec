// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ParameterGradients;
import io.github.lora4j.djl.tape.Tape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Linear maps of one input whose weights lie together, or one alone, as one step of the tape:
 *
 * <pre>
 * y  = x Wᵀ + bias + s · (x Aᵀ) Bᵀ + residual
 * dB = s · dyᵀ (x Aᵀ),  dh = s · dy B,  dA = dhᵀ x,  dx = dy W + dh A
 * </pre>
 */
final class LinearStep {
  private final TorchOps ops;
  private final LinearWeight weight;
  private final List<LinearMap> maps;

  /**
   * Prepares the step.
   *
   * @param ops the operators
   * @param weight the weights of all maps, shape (sum of outs, in)
   * @param maps the maps, in the order of the weight's rows
   */
  LinearStep(TorchOps ops, LinearWeight weight, List<LinearMap> maps) {
    this.ops = ops;
    this.weight = weight;
    this.maps = maps;
  }

  /** Maps x (T, in), and a residual (T, sum of outs), to (T, sum of outs). */
  NDArray forward(NDArray x, Optional<NDArray> residual, boolean training, Tape tape) {
    OpenWeight open = weight.open(x.getManager());
    NDArray y =
        training || tape.isRecording()
            ? open.product(x, bias(x), residual)
            : open.inferenceProduct(x, bias(x), residual);
    List<LowRankStep> updates =
        !tape.isRecording() && PlacedTerms.add(maps, x, y)
            ? List.of()
            : LowRankStep.forward(ops, maps, x, y, training);
    boolean learns = tape.isRecording() && maps.stream().anyMatch(LinearMap::trains);
    if (!learns && !tape.tracks(x) && residual.stream().noneMatch(tape::tracks)) {
      open.close();
      return y;
    }
    boolean held = tape.isShortLived() && tape.tracks(x);
    if (!held) {
      open.close();
    }
    tape.record(
        y,
        (dy, t) -> {
          backward(x, dy, updates, held ? Optional.of(open) : Optional.empty(), t);
          residual.ifPresent(r -> t.give(r, dy));
        },
        held ? open::close : () -> {},
        needed(x, updates));
    return y;
  }

  private NDArray[] needed(NDArray x, List<LowRankStep> updates) {
    Stream<NDArray> input =
        maps.stream().anyMatch(map -> map.trainedWeight().isPresent())
            ? Stream.of(x)
            : Stream.empty();
    return Stream.concat(input, updates.stream().flatMap(LowRankStep::needed))
        .toArray(NDArray[]::new);
  }

  private Optional<NDArray> bias(NDArray x) {
    if (maps.size() == 1) {
      return maps.get(0).bias();
    }
    List<NDArray> all = maps.stream().map(LinearMap::bias).flatMap(Optional::stream).toList();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Stream<NDArray> parts =
        maps.stream()
            .map(map -> map.bias().orElseGet(() -> x.getManager().zeros(new Shape(map.out()))));
    return Optional.of(
        ops.concat(0, maps.size())
            .apply(Stream.concat(Stream.of(x), parts).toArray(NDArray[]::new)));
  }

  private void backward(
      NDArray x, NDArray dy, List<LowRankStep> updates, Optional<OpenWeight> held, Tape tape) {
    int from = 0;
    for (LinearMap map : maps) {
      addGradients(map, x, maps.size() == 1 ? dy : columns(dy, from, from + map.out()));
      from += map.out();
    }
    if (!tape.tracks(x)) {
      updates.forEach(update -> update.backward(dy));
      return;
    }
    NDArray dx = held.map(open -> open.inputGradient(dy)).orElseGet(() -> inputGradient(dy));
    updates.forEach(update -> update.backward(dy, dx));
    tape.give(x, dx);
  }

  private NDArray inputGradient(NDArray dy) {
    try (OpenWeight open = weight.open(dy.getManager())) {
      return open.inputGradient(dy);
    }
  }

  private void addGradients(LinearMap map, NDArray x, NDArray dy) {
    map.bias()
        .filter(NDArray::hasGradient)
        .ifPresent(bias -> ParameterGradients.add(bias, ops.sumRows().apply(dy)));
    map.trainedWeight()
        .ifPresent(w -> ParameterGradients.add(w, ops.weightGradient().apply(dy, x)));
  }

  static NDArray columns(NDArray matrix, long from, long to) {
    return matrix.get(new NDIndex().addAllDim().addSliceDim(from, to));
  }
}
