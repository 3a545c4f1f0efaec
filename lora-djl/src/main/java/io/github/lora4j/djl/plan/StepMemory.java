// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The moments of a training step in which most memory may be taken, segment by segment: the end of
 * its forward pass, the loss after the last, the first two steps back.
 */
final class StepMemory {
  private static final int LOSS_CHUNK_LOGITS = 4 << 20;

  private final Decoder decoder;
  private final DecoderSpec spec;
  private final TrainedModules trained;
  private final QuantizedModules quantized;
  private final PlanOptions options;
  private final GradientCheckpointing checkpointing;
  private final List<LayerMemory> layers = new ArrayList<>();
  private final List<Phase> phases = new ArrayList<>();
  private final int first;

  StepMemory(
      Decoder decoder, TrainedModules trained, QuantizedModules quantized, PlanOptions options) {
    this.decoder = decoder;
    this.trained = trained;
    this.quantized = quantized;
    this.options = options;
    checkpointing = options.gradientCheckpointing().orElse(startingWith(quantized));
    spec = decoder.spec();
    boolean learns = trained.anyTrains(decoder.embeddingModules());
    int firstLearning = learns ? 0 : spec.numLayers();
    for (int i = 0; i < spec.numLayers(); i++) {
      LayerMemory layer =
          new LayerMemory(
              decoder.layerParts(i), spec, trained, quantized, options.sequenceLength(), learns);
      layers.add(layer);
      learns = layer.learns();
      firstLearning = Math.min(firstLearning, learns ? i : spec.numLayers());
    }
    first = firstLearning;
    walk();
  }

  /** What a loaded model starts with. */
  private static GradientCheckpointing startingWith(QuantizedModules quantized) {
    return quantized.quantization().isPresent()
        ? GradientCheckpointing.everyLayer()
        : GradientCheckpointing.none();
  }

  /** The moment in which most is taken. */
  Phase peak() {
    return phases.stream().max(Comparator.comparingLong(Phase::total)).orElseThrow();
  }

  private void walk() {
    int size = checkpointing.segmentLayers(spec.numLayers());
    long inputs = hidden() + positions();
    phases.add(new Phase(inputs, largest(), lossWorking()));
    for (int from = first; from < spec.numLayers(); from += size) {
      segment(inputs, layers.subList(from, Math.min(spec.numLayers(), from + size)));
      inputs += hidden();
    }
    embedding();
  }

  private void segment(long inputs, List<LayerMemory> segment) {
    long kept = 0;
    long held = 0;
    for (LayerMemory layer : segment) {
      boolean ownInput = layer != segment.get(0) && layer.keepsInput();
      kept += floats(layer.kept()) + (ownInput ? hidden() : 0);
      held += Float.BYTES * layer.held();
    }
    boolean holds = checkpointing.isEnabled();
    LayerMemory last = segment.get(segment.size() - 1);
    long dequantized = holds ? held : largest();
    long activations = inputs + kept;
    phases.add(new Phase(activations, dequantized, floats(last.passing()) + dequantizing()));
    if (last == layers.get(layers.size() - 1)) {
      phases.add(new Phase(activations, (holds ? held : 0) + head(), lossWorking()));
    }
    phases.add(new Phase(activations, dequantized, hidden() + floats(last.backwardOfLast())));
    long heldBefore = holds ? held - Float.BYTES * last.heldLast() : 0;
    phases.add(new Phase(activations, heldBefore, hidden() + floats(last.backwardOfActivation())));
  }

  /** The last layer's output, its gradient, and a chunk of logits with their gradient. */
  private long lossWorking() {
    long rows = Math.max(1, LOSS_CHUNK_LOGITS / spec.vocabularySize());
    long chunk = Math.min(rows, options.tokens());
    long logits = 2L * spec.vocabularySize() * chunk;
    return 2 * hidden() + Float.BYTES * (logits + 4L * spec.hiddenSize() * chunk);
  }

  private void embedding() {
    if (trained.anyTrains(decoder.embeddingModules())) {
      long table = (long) spec.vocabularySize() * spec.hiddenSize();
      phases.add(new Phase(hidden(), 0, hidden() + Float.BYTES * table));
    }
  }

  /** What rotations or masks take. */
  private long positions() {
    long length = options.sequenceLength();
    long perMask = Float.BYTES * length * length;
    long windows =
        spec.attention().distinctWindows().stream().filter(window -> window < length).count();
    return decoder.positions().masksTokens()
        ? (windows + 1) * spec.numHeads() * perMask
        : windows * perMask + floats(spec.headDim());
  }

  private long hidden() {
    return floats(spec.hiddenSize());
  }

  private long floats(long perToken) {
    return Float.BYTES * perToken * options.tokens();
  }

  private long largest() {
    return Float.BYTES * layers.stream().mapToLong(LayerMemory::largest).max().orElse(0);
  }

  private long head() {
    ModuleSlot head = decoder.head();
    return quantized.contains(head) && !trained.isCopied(head) && !spec.tiedHead()
        ? (long) Float.BYTES * spec.vocabularySize() * spec.hiddenSize()
        : 0;
  }

  /** The scales of the largest weight in float32, as stored and as the kernels divide them. */
  private long dequantizing() {
    return quantized.quantization().map(q -> 2 * largest() / q.blockSize()).orElse(0L);
  }
}
