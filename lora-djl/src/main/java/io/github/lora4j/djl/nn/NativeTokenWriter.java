// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.RotaryPairing;
import io.github.lora4j.djl.kernel.TokenProgram;
import io.github.lora4j.djl.kernel.TokenProgram.Attention;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes a decoder's work on single tokens as a native program. A method's steps end with a
 * barrier: whoever reads its result comes later.
 */
final class NativeTokenWriter implements TokenWriter<NativeVector> {
  private final TokenProgram program;
  private final NativeMemory memory;
  private final NativeBuffers buffers;
  private final DecoderSpec spec;
  private final long slopes;
  private final long angles;
  private final int half;

  /**
   * Begins with the steps that come before all layers.
   *
   * @param program where to
   * @param memory keeps what the program points to
   * @param spec the decoder's shape
   * @param positions how order is known
   * @param sequences how many tokens at most run at once
   */
  NativeTokenWriter(
      TokenProgram program,
      NativeMemory memory,
      DecoderSpec spec,
      PositionScheme positions,
      int sequences) {
    this.program = program;
    this.memory = memory;
    this.spec = spec;
    buffers = new NativeBuffers(memory, sequences, spec.headDim());
    float[] slopesOfHeads = positions.slopes();
    if (positions.masksTokens() && slopesOfHeads.length == 0) {
      throw new UnwritableStepException("biases of attention that are no slopes");
    }
    slopes = slopesOfHeads.length == 0 ? 0 : memory.keep(slopesOfHeads);
    float[] frequencies = positions.inverseFrequencies();
    half = frequencies.length;
    if (half > 0 && positions.pairing() != RotaryPairing.HALVES) {
      throw new UnwritableStepException("rotation of neighbours");
    }
    angles = half == 0 ? 0 : buffers.vector(2 * half).address();
    if (half > 0) {
      program.angles(memory.keep(frequencies), half, positions.attentionFactor(), angles);
    }
  }

  /** A layer begins, and what the layer before the last left is over. */
  void beginLayer() {
    buffers.beginLayer();
  }

  /** The rows of the tokens, times a factor. */
  NativeVector embed(NDArray table, float scale) {
    int width = Math.toIntExact(table.getShape().get(1));
    NativeVector y = buffers.vector(width);
    long rows = memory.keep(table, spec.vocabularySize(), width);
    program.embed(rows, y.size(), scale, y.address());
    program.barrier();
    return y;
  }

  /** The row of each token's position added to a vector; row 0 of them is at an offset. */
  NativeVector addPosition(NDArray table, int offset, NativeVector x) {
    long[] shape = table.getShape().getShape();
    long rows = memory.keep(table, shape) + offset * shape[1] * Float.BYTES;
    program.addPosition(rows, x.size(), x.packed(x.size()));
    program.barrier();
    return x;
  }

  @Override
  public NativeVector rmsNorm(NativeVector x, NDArray w, double epsilon, double offset) {
    return headNorm(x, w, epsilon, offset);
  }

  @Override
  public NativeVector headNorm(NativeVector x, NDArray w, double epsilon, double offset) {
    int width = Math.toIntExact(w.size());
    NativeVector y = buffers.vector(x.size());
    program.rmsNorm(
        x.packed(x.size()),
        weight(w, width, offset),
        width,
        x.size() / width,
        (float) epsilon,
        y.address());
    program.barrier();
    return y;
  }

  private long weight(NDArray w, int width, double offset) {
    if (offset == 0) {
      return memory.keep(w, width);
    }
    float[] values = w.toFloatArray();
    for (int i = 0; i < width; i++) {
      values[i] += (float) offset;
    }
    return memory.keep(values);
  }

  @Override
  public NativeVector layerNorm(NativeVector x, NDArray w, NDArray bias, double epsilon) {
    int size = x.size();
    NativeVector y = buffers.vector(size);
    long weight = memory.keep(w, size);
    long added = memory.keep(bias, size);
    program.layerNorm(x.packed(size), weight, added, size, (float) epsilon, y.address());
    program.barrier();
    return y;
  }

  @Override
  public List<NativeVector> linears(List<ModuleSlot> slots, NativeVector x) {
    return new NativeLinears(program, memory, buffers, slots, x).write();
  }

  @Override
  public NativeVector linear(ModuleSlot slot, NativeVector x, NativeVector residual) {
    return new NativeLinears(program, memory, buffers, List.of(slot), x).addTo(residual);
  }

  @Override
  public NativeVector add(NativeVector x, NativeVector residual) {
    int size = residual.size();
    program.add(x.packed(size), residual.packed(size), size, residual.address());
    program.barrier();
    return residual;
  }

  @Override
  public List<NativeVector> split(NativeVector x, List<Integer> sizes) {
    List<NativeVector> parts = new ArrayList<>();
    long address = x.packed(sizes.stream().mapToInt(Integer::intValue).sum());
    for (int size : sizes) {
      parts.add(new NativeVector(address, size, x.row(), x.head()));
      address += (long) size * Float.BYTES;
    }
    return parts;
  }

  @Override
  public List<NativeVector> splitGrouped(NativeVector qkv) {
    if (spec.keyValueHeads() != spec.numHeads()) {
      throw new UnwritableStepException("queries in groups");
    }
    int headDim = spec.headDim();
    long address = qkv.packed(3 * spec.numHeads() * headDim);
    return IntStream.range(0, 3)
        .mapToObj(i -> address + (long) i * headDim * Float.BYTES)
        .map(part -> new NativeVector(part, qkv.size() / 3, qkv.row(), 3 * headDim))
        .toList();
  }

  @Override
  public NativeVector attend(int layer, List<NativeVector> queryKeyValue) {
    int queries = spec.numHeads() * spec.headDim();
    int keys = spec.keyValueHeads() * spec.headDim();
    NativeVector y = buffers.vector(queries);
    program.attention(
        layer,
        queryKeyValue.get(0).heads(queries),
        queryKeyValue.get(1).heads(keys),
        queryKeyValue.get(2).heads(keys),
        spec.numHeads(),
        attention(layer),
        y.address());
    program.barrier();
    return y;
  }

  private Attention attention(int layer) {
    AttentionSpec attention = spec.attention();
    return new Attention(
        angles,
        half,
        slopes,
        attention.window(layer),
        (float) attention.scores().scale(),
        (float) attention.scores().cap());
  }

  @Override
  public NativeVector clip(NativeVector x, double limit) {
    throw new UnwritableStepException("clipped queries, keys and values");
  }

  @Override
  public NativeVector activate(TokenActivation activation, List<NativeVector> inputs) {
    NativeVector x = inputs.get(0);
    int size = x.size();
    NativeVector y = x.row() == size ? x : buffers.vector(size);
    switch (activation) {
      case SILU_GATE -> program.siluGate(x.address(), second(inputs), size, x.row(), y.address());
      case GELU_TANH_GATE ->
          program.geluTanhGate(x.address(), second(inputs), size, x.row(), y.address());
      case GELU_TANH -> program.geluTanh(x.packed(size), size, y.address());
      default -> throw new UnwritableStepException(activation.name());
    }
    program.barrier();
    return y;
  }

  /** The second input, which lies as the first does. */
  private static long second(List<NativeVector> inputs) {
    NativeVector first = inputs.get(0);
    NativeVector second = inputs.get(1);
    if (second.size() != first.size() || second.row() != first.row()) {
      throw new IllegalStateException(
          "a native step expected two vectors that lie alike, found %s and %s"
              .formatted(first, second));
    }
    return second.address();
  }

  @Override
  public NativeVector softCap(NativeVector x, double cap) {
    program.softCap(x.packed(x.size()), x.size(), (float) cap, x.address());
    program.barrier();
    return x;
  }
}
