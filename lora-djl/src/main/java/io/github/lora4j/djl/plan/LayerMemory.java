// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.LayerParts;
import io.github.lora4j.djl.nn.ModuleSlot;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * What one layer takes in a training step, by the rules of the tape: a norm keeps its input,
 * attention what it reads and gives, an activation its input, factors the input of their map. All
 * else of a layer lives until the layer ends.
 *
 * <p>Numbers of activations are floats a token; those of weights are floats.
 */
final class LayerMemory {
  private final LayerParts parts;
  private final DecoderSpec spec;
  private final TrainedModules trained;
  private final QuantizedModules quantized;
  private final long sequenceLength;

  // Whether a gradient comes to: the attention norm's output, queries/keys/values, the sum after
  // attention, the feed-forward norm's output, the activation's input, the last map's output.
  private final boolean normed;
  private final boolean projected;
  private final boolean middle;
  private final boolean normedMiddle;
  private final boolean raised;
  private final boolean lowered;

  LayerMemory(
      LayerParts parts,
      DecoderSpec spec,
      TrainedModules trained,
      QuantizedModules quantized,
      long sequenceLength,
      boolean inputLearns) {
    this.parts = parts;
    this.spec = spec;
    this.trained = trained;
    this.quantized = quantized;
    this.sequenceLength = sequenceLength;
    normed = inputLearns || trained.trains(parts.attentionNorm());
    projected =
        normed
            || trained.anyTrains(parts.intoAttention())
            || trained.anyTrains(parts.queryKeyNorms());
    middle =
        projected
            || trained.trains(parts.outOfAttention())
            || trained.anyTrains(parts.afterAttention());
    normedMiddle = middle || trained.trains(parts.feedForwardNorm());
    raised = normedMiddle || trained.anyTrains(parts.intoFeedForward());
    lowered = raised || trained.trains(parts.outOfFeedForward());
  }

  /** Whether a gradient comes to what the layer gives. */
  boolean learns() {
    return lowered || trained.anyTrains(parts.afterFeedForward());
  }

  /** Kept for the backward pass; without the layer's input, which {@link #keepsInput} may add. */
  long kept() {
    return keptOfAttention() + keptOfFeedForward();
  }

  boolean keepsInput() {
    return normed;
  }

  private long keptOfAttention() {
    long kept = inputOf(parts.intoAttention()) + ranks(parts.intoAttention());
    if (projected) {
      // Without dropout, what the output map reads is what attention keeps.
      long dropped = trained.hasDropout() ? inputOf(List.of(parts.outOfAttention())) : 0;
      kept += outputs(parts.intoAttention()) + attended() + scores() + dropped;
      kept += parts.queryKeyNorms().isEmpty() ? 0 : normedHeads();
    } else {
      kept += inputOf(List.of(parts.outOfAttention()));
    }
    kept += middle ? outputs(parts.afterAttention()) : 0;
    return kept + ranks(List.of(parts.outOfAttention()));
  }

  /** A value a head, or where no fused attention knows the scores: their caps and their weights. */
  private long scores() {
    return spec.attention().scores().isFusedOnCpu()
        ? spec.numHeads()
        : 2L * spec.numHeads() * sequenceLength;
  }

  /** What the norms of heads keep: what went in, and a scale a head. */
  private long normedHeads() {
    return outputs(parts.intoAttention()) + spec.numHeads() + spec.keyValueHeads();
  }

  private long keptOfFeedForward() {
    long kept = normedMiddle ? spec.hiddenSize() : 0;
    kept += inputOf(parts.intoFeedForward()) + ranks(parts.intoFeedForward());
    kept += raised ? outputs(parts.intoFeedForward()) : 0;
    kept += lowered ? outputs(parts.afterFeedForward()) : 0;
    return kept + keptActivated() + ranks(List.of(parts.outOfFeedForward()));
  }

  private long keptActivated() {
    return inputOf(List.of(parts.outOfFeedForward()));
  }

  /** What there is beyond {@link #kept} when the layer ends: all it made, its output included. */
  long passing() {
    long made =
        4L * spec.hiddenSize()
            + 2 * (outputs(parts.afterAttention()) + outputs(parts.afterFeedForward()))
            + madeBy(parts.intoAttention())
            + (parts.queryKeyNorms().isEmpty() ? 0 : normedHeads())
            + attended()
            + madeBy(parts.intoFeedForward())
            + activated();
    return Math.max(spec.hiddenSize(), made - kept());
  }

  /** Gradients beside {@link #kept} while that of the last map's input is made. */
  long backwardOfLast() {
    return spec.hiddenSize() + activated();
  }

  /** Gradients beside {@link #kept} while that of the activation's input is made. */
  long backwardOfActivation() {
    boolean gated = outputs(parts.intoFeedForward()) > activated();
    long made = outputs(parts.intoFeedForward()) + (gated ? 2 : 1) * activated();
    return spec.hiddenSize() + made - keptActivated();
  }

  private long attended() {
    return (long) spec.numHeads() * spec.headDim();
  }

  private long activated() {
    return parts.outOfFeedForward().module().inFeatures();
  }

  /** What a group keeps of its input: it once, or, with dropout, each map its own and a mask. */
  private long inputOf(List<ModuleSlot> group) {
    long width = group.get(0).module().inFeatures();
    if (!trained.hasDropout()) {
      return group.stream().anyMatch(trained::needsInput) ? width : 0;
    }
    long adapted = group.stream().filter(slot -> trained.rank(slot) > 0).count();
    boolean copied = group.stream().anyMatch(trained::isCopied);
    return adapted * (width + width / Float.BYTES) + (copied ? width : 0);
  }

  private long ranks(List<ModuleSlot> group) {
    return group.stream().mapToLong(trained::rank).sum();
  }

  private static long outputs(List<ModuleSlot> group) {
    return group.stream().mapToLong(slot -> slot.module().outFeatures()).sum();
  }

  /** Outputs that do not come out of one product are made apart and copied side by side. */
  private long madeBy(List<ModuleSlot> group) {
    boolean apart =
        group.size() > 1
            && group.stream().anyMatch(s -> quantized.contains(s) || trained.isCopied(s));
    return (apart ? 2 : 1) * outputs(group);
  }

  /** Quantised weights that stay written out until the backward pass of a segment has used them. */
  long held() {
    long held = normed ? written(parts.intoAttention()) : 0;
    held += projected ? written(List.of(parts.outOfAttention())) : 0;
    held += normedMiddle ? written(parts.intoFeedForward()) : 0;
    return held + heldLast();
  }

  /** Of {@link #held}, the last map's. */
  long heldLast() {
    return raised ? written(List.of(parts.outOfFeedForward())) : 0;
  }

  /** The largest weight that is written out. */
  long largest() {
    return linears().mapToLong(this::written).max().orElse(0);
  }

  private Stream<ModuleSlot> linears() {
    return Stream.of(
            parts.intoAttention(),
            List.of(parts.outOfAttention()),
            parts.intoFeedForward(),
            List.of(parts.outOfFeedForward()))
        .flatMap(Collection::stream);
  }

  private long written(List<ModuleSlot> group) {
    return group.stream().mapToLong(this::written).sum();
  }

  private long written(ModuleSlot slot) {
    return quantized.contains(slot) && !trained.isCopied(slot)
        ? (long) slot.module().inFeatures() * slot.module().outFeatures()
        : 0;
  }
}
