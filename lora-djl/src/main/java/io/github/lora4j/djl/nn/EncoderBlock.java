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
import io.github.lora4j.djl.tape.Tape;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoder as a DJL block: {@code input_ids} (B, S) and, if need be, {@code attention_mask} and
 * {@code token_type_ids} (B, S), all int64, to logits (B, labels), or (B, S, labels or vocabulary),
 * zero where the mask is 0.
 *
 * <p>Packs on entry and pads on exit. Its parameters carry the names of the checkpoint.
 */
public final class EncoderBlock extends AbstractBlock {
  private final Encoder encoder;

  /**
   * Wraps an encoder.
   *
   * @param encoder the encoder
   */
  @SuppressWarnings("this-escape")
  public EncoderBlock(Encoder encoder) {
    this.encoder = encoder;
    inputNames = List.of("input_ids", "attention_mask", "token_type_ids");
    inputShapes = new Shape[] {new Shape(-1, -1), new Shape(-1, -1), new Shape(-1, -1)};
  }

  /**
   * The encoder.
   *
   * @return the encoder
   */
  public Encoder encoder() {
    return encoder;
  }

  /**
   * Reads a batch and checks it.
   *
   * @param inputs input_ids and, if need be, attention_mask and token_type_ids
   * @return the batch without padding
   * @throws io.github.lora4j.LoraException if a token, a type or a length does not fit the model
   */
  public EncoderBatch pack(NDList inputs) {
    RaggedBatch tokens = Padding.pack(inputs, PositionCounting.COLUMNS);
    if (inputs.size() < 3) {
      return encoder.batch(tokens);
    }
    Padding.requireShapeOfIds("token_type_ids", inputs.get(2), inputs.get(0));
    long[] types = CausalLmBlock.longs(inputs.get(2));
    return encoder.batch(
        tokens, Arrays.stream(tokens.cells()).map(cell -> narrow(types[cell])).toArray());
  }

  /** A type that no encoder knows stays one that no encoder knows. */
  private static int narrow(long type) {
    return type == (int) type ? (int) type : -1;
  }

  /**
   * Puts the encoder's rows into the shape of the block's output.
   *
   * @param logits what {@link Encoder#logits} gave
   * @param batch the batch they belong to
   * @return (B, width), or (B, S, width), zero where there was padding
   */
  public NDArray unpack(NDArray logits, EncoderBatch batch) {
    return encoder.head().perToken() ? Padding.pad(encoder.ops(), logits, batch.tokens()) : logits;
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
    EncoderBatch batch = pack(inputs);
    NDManager parent = inputs.get(0).getManager();
    try (NDManager manager = parent.newSubManager()) {
      NDArray logits = unpack(encoder.logits(manager, batch, training, Tape.NONE), batch);
      logits.attach(parent);
      return logits;
    }
  }

  @Override
  public ParameterList getDirectParameters() {
    return encoder.parameters();
  }

  @Override
  public ParameterList getParameters() {
    return encoder.parameters();
  }

  @Override
  public boolean isInitialized() {
    return true;
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    Shape batch = encoder.head().perToken() ? shapes[0] : shapes[0].slice(0, 1);
    return new Shape[] {batch.add(encoder.head().width())};
  }

  @Override
  public void initialize(NDManager manager, DataType dataType, Shape... shapes) {
    // The weights came with the encoder.
  }
}
