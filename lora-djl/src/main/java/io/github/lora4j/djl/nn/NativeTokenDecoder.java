// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.sun.jna.Pointer;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.kernel.TokenProgram;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A decoder as one native program, from the tokens' embedding to the logits: a call a token.
 *
 * <p>Whatever the program points to it holds itself, so that a model closed meanwhile is an
 * exception and not a crash.
 */
final class NativeTokenDecoder implements TokenDecoder {
  private final NativeKernels kernels;
  private final DecoderSpec spec;
  private final int sequences;
  private final NDManager parent;
  private final String name = "native-tokens-" + UUID.randomUUID();
  private final NativeMemory memory;
  private final TokenProgram program;
  private final NativeCaches caches;
  private final long logits;
  private boolean closed;

  private NativeTokenDecoder(
      NativeKernels kernels,
      Decoder decoder,
      List<DecoderLayer> layers,
      NDManager parent,
      int sequences) {
    this.kernels = kernels;
    this.spec = decoder.spec();
    this.sequences = sequences;
    this.parent = parent;
    memory = new NativeMemory(kernels, PyTorchEngine.newManager(parent.getDevice()));
    program = kernels.tokenProgram(layers.size());
    caches = new NativeCaches(program, memory, spec);
    try {
      logits = write(decoder, layers);
    } catch (UnwritableStepException e) {
      program.close();
      memory.close();
      throw e;
    }
    parent.attachInternal(name, this);
  }

  private long write(Decoder decoder, List<DecoderLayer> layers) {
    NativeTokenWriter writer =
        new NativeTokenWriter(program, memory, spec, decoder.positions(), sequences);
    TokenEmbedding embedding = (TokenEmbedding) decoder.embedding().block();
    NativeVector hidden = writer.embed(embedding.table(), embedding.scale());
    for (EmbeddingStep step : decoder.embeddingSteps()) {
      hidden = step.write(writer, hidden);
    }
    for (DecoderLayer layer : layers) {
      writer.beginLayer();
      hidden = layer.write(writer, hidden);
    }
    writer.beginLayer();
    return decoder.writeLogits(writer, hidden).packed(spec.vocabularySize());
  }

  /**
   * Writes a decoder down.
   *
   * @param kernels run it
   * @param decoder the decoder
   * @param layers its layers
   * @param parent closes it, if nobody did before
   * @param sequences how many tokens at most go through at once
   * @return the decoder, or empty if native code does not know one of its modules
   */
  static Optional<TokenDecoder> of(
      NativeKernels kernels,
      Decoder decoder,
      List<DecoderLayer> layers,
      NDManager parent,
      int sequences) {
    boolean known =
        !parent.getDevice().isGpu()
            && decoder.embedding().block() instanceof TokenEmbedding
            && decoder.embeddingSteps().stream()
                .flatMap(step -> step.module().stream())
                .allMatch(m -> m.block() instanceof TokenEmbedding || TokenLinear.isNative(m))
            && Stream.of(
                    layers.stream().flatMap(layer -> layer.modules().stream()),
                    decoder.exit().stream(),
                    Stream.of(decoder.head()))
                .flatMap(modules -> modules)
                .allMatch(TokenLinear::isNative);
    if (!known) {
      return Optional.empty();
    }
    try {
      return Optional.of(new NativeTokenDecoder(kernels, decoder, layers, parent, sequences));
    } catch (UnwritableStepException e) {
      return Optional.empty();
    }
  }

  @Override
  public synchronized float[][] logits(
      NDManager step, int[] tokenIds, int[] positions, NDArray[] keys, NDArray[] values) {
    run(tokenIds, positions, keys, values);
    float[][] rows = new float[tokenIds.length][];
    for (int b = 0; b < rows.length; b++) {
      long row = (long) b * spec.vocabularySize() * Float.BYTES;
      rows[b] = new Pointer(logits).getFloatArray(row, spec.vocabularySize());
    }
    return rows;
  }

  @Override
  public synchronized int[] greedy(
      NDManager step, int[] tokenIds, int[] positions, NDArray[] keys, NDArray[] values) {
    run(tokenIds, positions, keys, values);
    return kernels.argmax(logits, tokenIds.length, spec.vocabularySize());
  }

  private void run(int[] tokenIds, int[] positions, NDArray[] keys, NDArray[] values) {
    if (closed) {
      throw new IllegalStateException("the session's model is closed");
    }
    require(tokenIds.length <= sequences && positions.length == tokenIds.length, "sequences");
    int capacity = caches.bind(keys, values, tokenIds.length);
    for (int b = 0; b < tokenIds.length; b++) {
      require(tokenIds[b] >= 0 && tokenIds[b] < spec.vocabularySize(), "token");
      int limit = Math.min(capacity, spec.maxPositions());
      require(positions[b] >= 0 && positions[b] < limit, "position");
    }
    program.run(tokenIds, positions);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("a native decoder got a " + what + " out of range");
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      parent.detachInternal(name);
      program.close();
      memory.close();
    }
  }
}
