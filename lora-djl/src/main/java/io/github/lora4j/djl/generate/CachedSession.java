// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.nn.LayerSeeds;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.nn.TokenDecoder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Decoding over a key-value cache: the prompts as one ragged batch, then a row a sequence. */
public final class CachedSession implements DecodingSession {
  /** As many as were measured: together they take 0.6 of the time that the modules take. */
  private static final int MOST_SEQUENCES = 32;

  private final Decoder decoder;
  private final Optional<NativeKernels> kernels;
  private final NDManager manager;
  private final TorchOp decodeAttention;
  private final TorchOp selectRows;
  private final TorchOp argmax;
  private @Nullable KvCache cache;
  private Optional<TokenDecoder> tokenDecoder = Optional.empty();
  private boolean written;
  private int[] lengths = new int[0];

  /** Of the live sequences. */
  private AdapterRows adapters;

  /**
   * Opens a session of the active adapters.
   *
   * @param decoder the decoder, as its adapters stand
   * @param parent a sub-manager of it owns the session's arrays
   */
  public CachedSession(Decoder decoder, NDManager parent) {
    this(decoder, parent, AdapterRows.ACTIVE);
  }

  /**
   * Opens a session.
   *
   * @param decoder the decoder, as its adapters stand
   * @param parent a sub-manager of it owns the session's arrays
   * @param adapters which adapters apply to which sequences
   */
  public CachedSession(Decoder decoder, NDManager parent, AdapterRows adapters) {
    this(decoder, parent, NativeKernels.get(), adapters);
  }

  /**
   * Opens a session that decodes with given native kernels, or without.
   *
   * @param decoder the decoder, as its adapters stand
   * @param parent a sub-manager of it owns the session's arrays
   * @param kernels the kernels, or empty for libtorch's operators
   */
  CachedSession(Decoder decoder, NDManager parent, Optional<NativeKernels> kernels) {
    this(decoder, parent, kernels, AdapterRows.ACTIVE);
  }

  private CachedSession(
      Decoder decoder, NDManager parent, Optional<NativeKernels> kernels, AdapterRows adapters) {
    this.decoder = decoder;
    this.kernels = kernels;
    this.adapters = adapters;
    manager = parent.newSubManager();
    DecoderSpec spec = decoder.spec();
    decodeAttention =
        decoder
            .ops()
            .decodeAttention(spec.headDim(), spec.keyValueHeads(), spec.attention().scores());
    selectRows = decoder.ops().selectRows();
    argmax = decoder.ops().argmax();
  }

  @Override
  public int maxLength() {
    return decoder.maxTokens();
  }

  @Override
  public float[][] prefill(List<int[]> prompts) {
    RaggedBatch tokens = RaggedBatch.of(prompts).with(adapters);
    tokens.check(decoder.spec().vocabularySize(), maxLength());
    RaggedBatch batch = decoder.withVirtualTokens(tokens);
    lengths = IntStream.range(0, prompts.size()).map(decoder.attended(batch)::length).toArray();
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
      NDArray hidden = run(step, batch.tokenIds(), batch.positions(), pass);
      long[] last =
          Arrays.stream(batch.offsets(), 1, batch.offsets().length)
              .asLongStream()
              .map(o -> o - 1)
              .toArray();
      NDArray lastHidden = selectRows.apply(hidden, step.create(last));
      return rows(decoder.logits(lastHidden, pass.with(adapters)));
    }
  }

  private ForwardPass prefillPass(NDManager step, RaggedBatch batch, KvCache target) {
    RaggedBatch attended = decoder.attended(batch);
    NDArray[] spans =
        IntStream.range(0, attended.sequences())
            .mapToObj(b -> step.create(new long[] {attended.offsets()[b], attended.length(b), b}))
            .toArray(NDArray[]::new);
    return decoder.sequencePass(
        step,
        batch,
        false,
        LayerSeeds.NONE,
        attention ->
            (layer, qkv, layout, tape) -> {
              NDList parts = layout.split(qkv);
              for (NDArray span : spans) {
                target.fill(layer, parts.get(1), parts.get(2), span);
              }
              return attention.attend(layer, qkv, layout, tape);
            });
  }

  @Override
  public float[][] decode(int[] tokenIds) {
    try (NDManager step = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      KvCache target = reserve();
      Optional<TokenDecoder> tokens = tokenDecoder();
      float[][] logits =
          tokens.isPresent()
              ? tokens.get().logits(step, tokenIds, lengths, target.keys(), target.values())
              : rows(moduleStep(step, tokenIds, target));
      lengths = next(lengths);
      return logits;
    }
  }

  @Override
  public int[] decodeGreedy(int[] tokenIds) {
    try (NDManager step = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      KvCache target = reserve();
      Optional<TokenDecoder> tokens = tokenDecoder();
      int[] best =
          tokens.isPresent()
              ? tokens.get().greedy(step, tokenIds, lengths, target.keys(), target.values())
              : argmax(moduleStep(step, tokenIds, target));
      lengths = next(lengths);
      return best;
    }
  }

  private KvCache reserve() {
    KvCache target = requireCache();
    target.reserve(Arrays.stream(lengths).max().orElseThrow());
    return target;
  }

  private static int[] next(int[] lengths) {
    return Arrays.stream(lengths).map(length -> length + 1).toArray();
  }

  private int[] argmax(NDArray logits) {
    return Arrays.stream(argmax.apply(logits).toLongArray()).mapToInt(Math::toIntExact).toArray();
  }

  /** One token of each sequence through the modules themselves. */
  private NDArray moduleStep(NDManager step, int[] tokenIds, KvCache target) {
    int longest = Arrays.stream(lengths).max().orElseThrow();
    NDArray slots = step.create(Arrays.stream(lengths).asLongStream().toArray());
    List<NDArray> masks = decoder.tokenMasks(step, next(lengths), longest + 1);
    ForwardPass pass =
        new ForwardPass(
                decoder.positions().rotation(step, lengths),
                (layer, qkv, layout, tape) -> {
                  NDList parts = layout.split(qkv);
                  return decodeAttention.apply(
                      parts.get(0),
                      parts.get(1),
                      parts.get(2),
                      target.keys(layer),
                      target.values(layer),
                      slots,
                      masks.get(layer));
                },
                false,
                LayerSeeds.NONE)
            .with(adapters);
    return decoder.logits(run(step, tokenIds, lengths, pass), pass);
  }

  /**
   * Written down at the first step: the weights do not change in a session. Where sequences differ
   * in their adapters, the modules do the work.
   */
  Optional<TokenDecoder> tokenDecoder() {
    if (!written) {
      written = true;
      tokenDecoder =
          lengths.length <= MOST_SEQUENCES && adapters.ranges().isEmpty()
              ? decoder.tokenDecoder(manager, kernels, lengths.length)
              : Optional.empty();
    }
    return tokenDecoder;
  }

  private NDArray run(NDManager step, int[] tokenIds, int[] positions, ForwardPass pass) {
    NDArray embedded = decoder.embed(step, tokenIds, positions, pass);
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
    adapters = adapters.select(live);
    written &= tokenDecoder.isPresent();
  }

  private KvCache requireCache() {
    if (cache == null) {
      throw new IllegalStateException("a session begins with prefill");
    }
    return cache;
  }

  @Override
  public void close() {
    tokenDecoder.ifPresent(TokenDecoder::close);
    manager.close();
  }
}
