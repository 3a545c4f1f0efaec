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
import io.github.lora4j.LoraException;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The decoder as a DJL block: {@code input_ids} (B, S) and, if there is padding, {@code
 * attention_mask} (B, S), both int64, to logits (B, S, vocabulary), zero where the mask is 0.
 *
 * <p>Packs on entry and pads on exit. Its parameters carry the names of the checkpoint.
 */
public final class CausalLmBlock extends AbstractBlock {
  private final Decoder decoder;

  /**
   * Wraps a decoder.
   *
   * @param decoder the decoder
   */
  @SuppressWarnings("this-escape")
  public CausalLmBlock(Decoder decoder) {
    this.decoder = decoder;
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
   * Reads a batch and checks it.
   *
   * @param inputs input_ids and, if need be, attention_mask
   * @return the batch without padding, behind the virtual tokens in use
   * @throws io.github.lora4j.LoraException if a token or a length does not fit the model
   */
  public RaggedBatch pack(NDList inputs) {
    checkShapes(inputs);
    NDArray ids = inputs.get(0);
    long[] tokens = longs(ids);
    long[] mask;
    if (inputs.size() > 1) {
      mask = longs(inputs.get(1));
    } else {
      mask = new long[tokens.length];
      Arrays.fill(mask, 1);
    }
    int rows = Math.toIntExact(ids.getShape().get(0));
    RaggedBatch batch = RaggedBatch.pack(tokens, mask, rows, decoder.positions().counting());
    batch.check(decoder.spec().vocabularySize(), decoder.maxTokens());
    return decoder.withVirtualTokens(batch);
  }

  private static void checkShapes(NDList inputs) {
    if (inputs.isEmpty()) {
      throw new LoraException("input_ids: expected int64 of shape (batch, length), found nothing");
    }
    NDArray ids = inputs.get(0);
    if (ids.getShape().dimension() != 2 || !ids.getDataType().isInteger()) {
      throw new LoraException(
          "input_ids: expected int64 of shape (batch, length), found %s %s; one sequence is a batch of one row"
              .formatted(ids.getDataType(), ids.getShape()));
    }
    if (ids.getShape().size() == 0) {
      throw new LoraException(
          "input_ids: expected at least one token, found shape %s; leave empty batches out"
              .formatted(ids.getShape()));
    }
    if (inputs.size() > 1 && !inputs.get(1).getShape().equals(ids.getShape())) {
      throw new LoraException(
          "attention_mask: expected the shape %s of input_ids, found %s"
              .formatted(ids.getShape(), inputs.get(1).getShape()));
    }
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
    long width = rows.getShape().get(1);
    Shape padded = new Shape(batch.paddedRows(), batch.paddedColumns(), width);
    if (batch.isDense()) {
      return rows.reshape(padded);
    }
    NDManager manager = rows.getManager();
    int[] realRows = batch.realRows();
    NDArray cells = longs(manager, Arrays.stream(realRows).map(row -> batch.cells()[row]));
    NDArray empty =
        manager.zeros(new Shape((long) batch.paddedRows() * batch.paddedColumns(), width));
    NDArray real =
        realRows.length == batch.size()
            ? rows
            : decoder.ops().selectRows().apply(rows, longs(manager, Arrays.stream(realRows)));
    return decoder.ops().addRows().apply(empty, cells, real).reshape(padded);
  }

  private static NDArray longs(NDManager manager, IntStream values) {
    return manager.create(values.asLongStream().toArray());
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
      NDArray embedded = decoder.embed(manager, batch.tokenIds(), batch.positions(), training);
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
