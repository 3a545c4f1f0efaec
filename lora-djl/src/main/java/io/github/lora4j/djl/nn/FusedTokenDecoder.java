package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A decoder for one sequence that grows by one token: each layer one operator, the norm and the
 * head another. The same numbers as the modules themselves give, up to rounding, at the speed of
 * the memory.
 *
 * <p>Binds the weights and the active adapter as they are when it is made.
 */
public final class FusedTokenDecoder implements AutoCloseable {
  private static final String LEADING =
      "h: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, slot: int, keys: Tensor, values: Tensor";

  private final NDManager manager;
  private final PositionScheme positions;
  private final List<FusedTokenLayer> layers = new ArrayList<>();
  private final FusedTokenLayer head;

  private FusedTokenDecoder(NDManager parent, Decoder decoder, List<DecoderLayer> decoderLayers) {
    manager = parent.newSubManager();
    positions = decoder.positions();
    for (DecoderLayer layer : decoderLayers) {
      TokenScript script = new TokenScript(manager);
      layers.add(bind(decoder, script, layer.write(script, decoder.spec(), positions)));
    }
    TokenScript script = new TokenScript(manager);
    String normed = TokenLinear.write(script, decoder.finalNorm(), "h");
    head = bind(decoder, script, TokenLinear.write(script, decoder.head(), normed));
  }

  private static FusedTokenLayer bind(Decoder decoder, TokenScript script, String result) {
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
  static Optional<FusedTokenDecoder> of(
      Decoder decoder, List<DecoderLayer> layers, NDManager parent) {
    boolean fusible =
        layers.stream().flatMap(l -> l.modules().stream()).allMatch(TokenLinear::isFusible)
            && TokenLinear.isFusible(decoder.finalNorm())
            && TokenLinear.isFusible(decoder.head());
    return fusible ? Optional.of(new FusedTokenDecoder(parent, decoder, layers)) : Optional.empty();
  }

  /**
   * Runs the layers and the head on one token.
   *
   * @param hidden the embedded token, shape (1, hidden)
   * @param position the token's position, which is also its place in the cache
   * @param keys of each layer, shape (1, keyValueHeads, capacity, headDim); written at position
   * @param values of each layer, likewise
   * @return the next token's logits, shape (1, vocabulary), on the manager of hidden
   */
  public NDArray run(NDArray hidden, int position, NDArray[] keys, NDArray[] values) {
    NDManager step = hidden.getManager();
    TokenTables tables = positions.tokenTables(step, position);
    try (IValue cos = value(tables.cos());
        IValue sin = value(tables.sin());
        IValue mask = value(tables.mask());
        IValue slot = IValue.from((long) position)) {
      NDArray current = hidden.reshape(-1);
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
        return head.run(step, h, cos, sin, mask, slot, cos, cos).reshape(new Shape(1, -1));
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
