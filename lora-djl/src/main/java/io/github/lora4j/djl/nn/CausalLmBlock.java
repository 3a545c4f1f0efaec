// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The decoder as a DJL block: {@code input_ids} (B, S) and, if there is padding, {@code
 * attention_mask} (B, S), both int64, to logits (B, S, vocabulary), zero where the mask is 0.
 *
 * <p>Packs on entry and pads on exit. Its parameters carry the names of the checkpoint.
 */
public final class CausalLmBlock extends AbstractBlock {
  private final Decoder decoder;
  private final UnaryOperator<RaggedBatch> routing;

  /**
   * Wraps a decoder; each batch is the active adapters'.
   *
   * @param decoder the decoder
   */
  public CausalLmBlock(Decoder decoder) {
    this(decoder, UnaryOperator.identity());
  }

  /**
   * Wraps a decoder.
   *
   * @param decoder the decoder
   * @param routing says of each batch which adapters apply to its rows
   */
  @SuppressWarnings("this-escape")
  public CausalLmBlock(Decoder decoder, UnaryOperator<RaggedBatch> routing) {
    this.decoder = decoder;
    this.routing = routing;
    inputNames = List.of("input_ids", "attention_mask");
    inputShapes = new Shape[] {new Shape(-1, -1), new Shape(-1, -1)};
  }

  /**
   * The decoder.
   *
   * @return the decoder
   */
  public Decoder decoder() {
    return decoder;
  }

  /**
   * Reads a batch, checks it, and says which adapters apply to it.
   *
   * @param inputs input_ids and, if need be, attention_mask
   * @return the batch without padding, behind the virtual tokens in use
   * @throws io.github.lora4j.LoraException if a token or a length does not fit the model
   */
  public RaggedBatch pack(NDList inputs) {
    RaggedBatch batch = Padding.pack(inputs, decoder.positions().counting());
    batch.check(decoder.spec().vocabularySize(), decoder.maxTokens());
    return decoder.withVirtualTokens(routing.apply(batch));
  }

  /**
   * Reads integers of any type.
   *
   * @param array any shape
   * @return the values
   */
  public static long[] longs(NDArray array) {
    if (array.getDataType() == DataType.INT64) {
      return array.toLongArray();
    }
    try (NDArray wide = array.toType(DataType.INT64, false)) {
      return wide.toLongArray();
    }
  }

  /**
   * Puts rows back into the padded matrix.
   *
   * @param rows shape (T, N)
   * @param batch where they came from
   * @return shape (B, S, N), zero where there was padding
   */
  public NDArray pad(NDArray rows, RaggedBatch batch) {
    return Padding.pad(decoder.ops(), rows, batch);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    if (training) {
      return new NDList(logits(inputs, true));
    }
    try (EngineMode mode = EngineMode.inference()) {
      return new NDList(logits(inputs, false));
    }
  }

  private NDArray logits(NDList inputs, boolean training) {
    RaggedBatch batch = pack(inputs);
    NDManager parent = inputs.get(0).getManager();
    try (NDManager manager = parent.newSubManager()) {
      ForwardPass pass = decoder.sequencePass(manager, batch, training, LayerSeeds.NONE);
      NDArray embedded = decoder.embed(manager, batch.tokenIds(), batch.positions(), pass);
      NDArray hidden = decoder.layers(embedded, pass, 0, decoder.numLayers());
      NDArray padded = pad(decoder.logits(hidden, pass), batch);
      padded.attach(parent);
      return padded;
    }
  }

  @Override
  public ParameterList getDirectParameters() {
    return decoder.parameters();
  }

  @Override
  public ParameterList getParameters() {
    return decoder.parameters();
  }

  @Override
  public boolean isInitialized() {
    return true;
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return new Shape[] {shapes[0].add(decoder.spec().vocabularySize())};
  }

  @Override
  public void initialize(NDManager manager, DataType dataType, Shape... shapes) {
    // The weights came with the decoder.
  }
}
