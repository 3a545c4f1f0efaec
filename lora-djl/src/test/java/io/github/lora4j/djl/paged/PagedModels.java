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

  private PagedModels() {}

  static DecoderModel load(Path directory) {
    return (DecoderModel) HuggingFaceModel.load(directory);
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
