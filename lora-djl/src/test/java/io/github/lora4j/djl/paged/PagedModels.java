// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.djl.generate.CachedSession;
import io.github.lora4j.djl.model.DecoderModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What tests of paged decoding ask of the tiny checkpoints. */
final class PagedModels {
  static final Path RESOURCES = Path.of("src/test/resources");
  static final Path MODELS = RESOURCES.resolve("golden/models");

  static final PoolOptions OPTIONS = new PoolOptions(1 << 20, 4, 64);

  private PagedModels() {}

  static DecoderModel load(Path directory) {
    return (DecoderModel) HuggingFaceModel.load(directory);
  }

  static PagedModel model(DecoderModel model) {
    return new PagedModel(
        model.getName(),
        model.decoder(),
        model.architecture().defaultTargets(),
        model.getNDManager());
  }

  /** A decoder over a pool of a mebibyte. */
  static PagedDecoder paged(DecoderModel model, int pageTokens) {
    return ModulePagedDecoder.of(model(model), new PoolOptions(1 << 20, pageTokens, 64));
  }

  /** Brings an adapter into the pool. */
  static void load(PagedDecoder decoder, String name, Path directory) {
    ResidentAdapters adapters = decoder.adapters();
    AdapterLoading loading = adapters.reserve(adapters.inspect(name, directory)).orElseThrow();
    loading.read();
    adapters.install(loading);
  }

  /** What the whole sequence gives at once, with the adapters in use. */
  static float[] full(DecoderModel model, int[] sequence) {
    try (CachedSession session = new CachedSession(model.decoder(), model.getNDManager())) {
      return session.prefill(List.of(sequence))[0];
    }
  }

  static int[] with(int[] sequence, int... tokens) {
    int[] longer = Arrays.copyOf(sequence, sequence.length + tokens.length);
    System.arraycopy(tokens, 0, longer, sequence.length, tokens.length);
    return longer;
  }

  static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
