package io.github.lora4j.djl.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.nn.FusedTokenDecoder;
import io.github.lora4j.djl.nn.LayerSeeds;
import io.github.lora4j.djl.nn.RaggedBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Decoding over a key-value cache: the prompts as one ragged batch, then a row a sequence. */
public final class CachedSession implements DecodingSession {
  private final Decoder decoder;
  private final NDManager manager;
  private final TorchOp decodeAttention;
  private final TorchOp selectRows;
  private final TorchOp argmax;
  private @Nullable KvCache cache;
  private Optional<FusedTokenDecoder> fused = Optional.empty();
  private boolean fusionTried;
  private int[] lengths = new int[0];

  /**
   * Opens a session.
   *
   * @param decoder the decoder, as its adapters stand
   * @param parent a sub-manager of it owns the session's arrays
   */
  public CachedSession(Decoder decoder, NDManager parent) {
    this.decoder = decoder;
    manager = parent.newSubManager();
    DecoderSpec spec = decoder.spec();
    decodeAttention = decoder.ops().decodeAttention(spec.headDim(), spec.keyValueHeads());
    selectRows = decoder.ops().selectRows();
    argmax = decoder.ops().argmax();
  }

  @Override
  public int maxLength() {
    return decoder.spec().maxPositions();
  }

  @Override
  public float[][] prefill(List<int[]> prompts) {
    RaggedBatch batch = RaggedBatch.of(prompts);
    batch.check(decoder.spec().vocabularySize(), maxLength());
    lengths = prompts.stream().mapToInt(p -> p.length).toArray();
    cache =
        new KvCache(
            manager,
            decoder.ops(),
            decoder.spec(),
            prompts.size(),
            Arrays.stream(lengths).max().orElse(1));
    try (NDManager step = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      ForwardPass pass = prefillPass(step, batch, cache);
      NDArray hidden = run(step, batch.tokenIds(), pass);
      long[] last =
          Arrays.stream(batch.offsets(), 1, batch.offsets().length)
              .asLongStream()
              .map(o -> o - 1)
              .toArray();
      return rows(decoder.logits(selectRows.apply(hidden, step.create(last)), pass));
    }
  }

  private ForwardPass prefillPass(NDManager step, RaggedBatch batch, KvCache target) {
    ForwardPass pass = decoder.sequencePass(step, batch, false, LayerSeeds.NONE);
    NDArray[] spans =
        IntStream.range(0, batch.sequences())
            .mapToObj(b -> step.create(new long[] {batch.offsets()[b], batch.length(b), b}))
            .toArray(NDArray[]::new);
    return new ForwardPass(
        pass.rotation(),
        (layer, qkv, layout, tape) -> {
          NDList parts = layout.split(qkv);
          for (NDArray span : spans) {
            target.fill(layer, parts.get(1), parts.get(2), span);
          }
          return pass.attention().attend(layer, qkv, layout, tape);
        },
        false,
        LayerSeeds.NONE);
  }

  @Override
  public float[][] decode(int[] tokenIds) {
    try (NDManager step = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      return rows(decodeStep(step, tokenIds));
    }
  }

  @Override
  public int[] decodeGreedy(int[] tokenIds) {
    try (NDManager step = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      long[] best = argmax.apply(decodeStep(step, tokenIds)).toLongArray();
      return Arrays.stream(best).mapToInt(Math::toIntExact).toArray();
    }
  }

  private NDArray decodeStep(NDManager step, int[] tokenIds) {
    KvCache keysAndValues = requireCache();
    int longest = Arrays.stream(lengths).max().orElseThrow();
    keysAndValues.reserve(longest);
    Optional<FusedTokenDecoder> layers = tokenIds.length == 1 ? fused() : Optional.empty();
    if (layers.isPresent()) {
      NDArray embedded = decoder.embed(step, tokenIds, false);
      lengths = new int[] {longest + 1};
      return layers.get().run(embedded, longest, keysAndValues.keys(), keysAndValues.values());
    }
    NDArray slots = step.create(Arrays.stream(lengths).asLongStream().toArray());
    int[] seen = Arrays.stream(lengths).map(l -> l + 1).toArray();
    NDArray mask = decoder.positions().decodeMask(step, seen, longest + 1);
    ForwardPass pass =
        new ForwardPass(
            decoder.positions().rotation(step, lengths),
            (layer, qkv, layout, tape) -> {
              NDList parts = layout.split(qkv);
              return decodeAttention.apply(
                  parts.get(0),
                  parts.get(1),
                  parts.get(2),
                  keysAndValues.keys(layer),
                  keysAndValues.values(layer),
                  slots,
                  mask);
            },
            false,
            LayerSeeds.NONE);
    NDArray hidden = run(step, tokenIds, pass);
    lengths = seen;
    return decoder.logits(hidden, pass);
  }

  /** Fused at the first step of a single sequence: the weights do not change in a session. */
  private Optional<FusedTokenDecoder> fused() {
    if (!fusionTried) {
      fusionTried = true;
      fused = decoder.fuse(manager);
    }
    return fused;
  }

  private NDArray run(NDManager step, int[] tokenIds, ForwardPass pass) {
    NDArray embedded = decoder.embed(step, tokenIds, false);
    return decoder.layers(embedded, pass, 0, decoder.numLayers());
  }

  private static float[][] rows(NDArray logits) {
    int count = Math.toIntExact(logits.getShape().get(0));
    int width = Math.toIntExact(logits.getShape().get(1));
    float[] flat = logits.toFloatArray();
    float[][] rows = new float[count][];
    Arrays.setAll(
        rows, i -> count == 1 ? flat : Arrays.copyOfRange(flat, i * width, (i + 1) * width));
    return rows;
  }

  @Override
  public void retain(int[] live) {
    requireCache().retain(live);
    lengths = Arrays.stream(live).map(row -> lengths[row]).toArray();
  }

  private KvCache requireCache() {
    if (cache == null) {
      throw new IllegalStateException("a session begins with prefill");
    }
    return cache;
  }

  @Override
  public void close() {
    fused.ifPresent(FusedTokenDecoder::close);
    manager.close();
  }
}
