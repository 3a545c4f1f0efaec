// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.tape.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A decoder for one sequence where there are no native kernels: each layer one TorchScript
 * operator, the norm and the head another.
 */
final class FusedTokenDecoder implements TokenDecoder {
  private static final String LEADING =
      "h: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, slot: int, keys: Tensor, values: Tensor";

  private final NDManager manager;
  private final Decoder decoder;
  private final List<FusedTokenLayer> layers = new ArrayList<>();
  private final FusedTokenLayer head;
  private final TorchOp argmax;

  private FusedTokenDecoder(NDManager parent, Decoder decoder, List<DecoderLayer> decoderLayers) {
    manager = parent.newSubManager();
    this.decoder = decoder;
    argmax = decoder.ops().argmax();
    try {
      for (DecoderLayer layer : decoderLayers) {
        TokenScript script = script();
        layers.add(bind(script, layer.write(script, "h")));
      }
      head = head();
    } catch (UnwritableStepException e) {
      layers.forEach(FusedTokenLayer::close);
      manager.close();
      throw e;
    }
  }

  private FusedTokenLayer head() {
    TokenScript script = script();
    return bind(script, decoder.writeLogits(script, "h"));
  }

  private TokenScript script() {
    return new TokenScript(manager, decoder.spec(), decoder.positions());
  }

  private FusedTokenLayer bind(TokenScript script, String result) {
    return new FusedTokenLayer(decoder.ops().op(script.source(LEADING, result)), script.inputs());
  }

  /**
   * Fuses a decoder.
   *
   * @param decoder the decoder
   * @param layers its layers
   * @param parent a sub-manager of it owns what is bound
   * @return the fused decoder, or empty if it holds a module that cannot be fused
   */
  static Optional<TokenDecoder> of(Decoder decoder, List<DecoderLayer> layers, NDManager parent) {
    boolean fusible =
        Stream.of(
                layers.stream().flatMap(layer -> layer.modules().stream()),
                decoder.exit().stream(),
                Stream.of(decoder.head()))
            .flatMap(modules -> modules)
            .allMatch(TokenLinear::isFusible);
    if (!fusible) {
      return Optional.empty();
    }
    try {
      return Optional.of(new FusedTokenDecoder(parent, decoder, layers));
    } catch (UnwritableStepException e) {
      return Optional.empty();
    }
  }

  @Override
  public float[][] logits(
      NDManager step, int[] tokenIds, int[] positions, NDArray[] keys, NDArray[] values) {
    return new float[][] {run(step, tokenIds, positions[0], keys, values).toFloatArray()};
  }

  @Override
  public int[] greedy(
      NDManager step, int[] tokenIds, int[] positions, NDArray[] keys, NDArray[] values) {
    NDArray logits = run(step, tokenIds, positions[0], keys, values);
    return new int[] {Math.toIntExact(argmax.apply(logits.reshape(1, -1)).toLongArray()[0])};
  }

  private NDArray run(
      NDManager step, int[] tokenIds, int position, NDArray[] keys, NDArray[] values) {
    TokenTables tables = decoder.positions().tokenTables(step, position);
    try (IValue cos = value(tables.cos());
        IValue sin = value(tables.sin());
        IValue mask = value(tables.mask());
        IValue slot = IValue.from((long) position)) {
      ForwardPass pass = ForwardPass.ofRows(false, Tape.NONE);
      NDArray current = decoder.embed(step, tokenIds, new int[] {position}, pass).reshape(-1);
      for (int i = 0; i < layers.size(); i++) {
        try (IValue h = value(current);
            IValue k = value(keys[i]);
            IValue v = value(values[i])) {
          NDArray next = layers.get(i).run(step, h, cos, sin, mask, slot, k, v);
          current.close();
          current = next;
        }
      }
      try (IValue h = value(current)) {
        return head.run(step, h, cos, sin, mask, slot, cos, cos);
      }
    }
  }

  private static IValue value(NDArray array) {
    return IValue.from((PtNDArray) array);
  }

  @Override
  public void close() {
    layers.forEach(FusedTokenLayer::close);
    head.close();
    manager.close();
  }
}
