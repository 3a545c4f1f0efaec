// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.generate.CachedSession;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Token by token over the cache, the same logits as all tokens at once. */
class DecodingTest {
  private static final double TOLERANCE = 1e-4;
  private static final List<int[]> SEQUENCES =
      List.of(
          new int[] {5, 9, 11, 7, 30, 41, 12, 8, 22},
          new int[] {8, 4, 60, 21, 6, 33, 17, 55, 1, 19},
          new int[] {40, 41, 42, 43, 44, 45});

  /** Tokens of each sequence that are not the prompt's. */
  private static final int DECODED = 4;

  private static void assertDecodesAsAWholePass(DecoderModel model) {
    for (int[] sequence : SEQUENCES) {
      assertDecodes(model, List.of(sequence)); // a sequence alone goes another way than a batch
    }
    assertDecodes(model, SEQUENCES);
  }

  private static void assertDecodes(DecoderModel model, List<int[]> sequences) {
    List<float[][]> expected = sequences.stream().map(s -> whole(model, s)).toList();
    try (CachedSession session = new CachedSession(model.decoder(), model.getNDManager())) {
      List<int[]> prompts =
          sequences.stream().map(s -> Arrays.copyOf(s, s.length - DECODED)).toList();
      float[][] logits = session.prefill(prompts);
      for (int step = 0; step <= DECODED; step++) {
        for (int b = 0; b < sequences.size(); b++) {
          float[] at = expected.get(b)[prompts.get(b).length - 1 + step];
          assertEquals(
              0, TinyModels.maxDifference(at, logits[b]), TOLERANCE, "row " + b + " step " + step);
        }
        if (step < DECODED) {
          int decoded = step;
          logits =
              session.decode(
                  sequences.stream().mapToInt(s -> s[s.length - DECODED + decoded]).toArray());
        }
      }
    }
  }

  private static float[][] whole(DecoderModel model, int[] sequence) {
    long[] ids = Arrays.stream(sequence).asLongStream().toArray();
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDList batch = new NDList(scope.create(ids, new Shape(1, ids.length)));
      float[] flat = TinyModels.forward(model, scope, batch).toFloatArray();
      int width = flat.length / sequence.length;
      float[][] rows = new float[sequence.length][];
      Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, i * width, (i + 1) * width));
      return rows;
    }
  }

  static Stream<Path> checkpoints() {
    return Stream.concat(
        TinyModels.checkpoints(),
        Stream.of(
                "llama-biases", "llama-tied", "bloom-6-heads", "bloom-12-heads-residual-after-norm")
            .map(TinyModels.SAMPLES::resolve));
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aCheckpointDecodesAsAWholePass(Path checkpoint) {
    try (CheckpointModel model = TinyModels.load(checkpoint)) {
      assertDecodesAsAWholePass(model);
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#adapters")
  void anAdapterDecodesAsAWholePass(Path adapter) {
    try (CheckpointModel base = TinyModels.baseOf(adapter);
        LoraModel model = LoraModel.load(base, adapter)) {
      assertDecodesAsAWholePass((DecoderModel) model);
      model.merge();
      assertDecodesAsAWholePass((DecoderModel) model);
      model.unmerge();
      model.disableAdapters();
      assertDecodesAsAWholePass((DecoderModel) model);
      model.enableAdapters();
      assertDecodesAsAWholePass((DecoderModel) model.mergeAndUnload());
    }
  }

  @Test
  void aLargeVocabularyDecodesAsAWholePass(@TempDir Path directory) throws Exception {
    TalkingModel.write(directory.resolve("talking"));
    try (CheckpointModel model = TinyModels.load(directory.resolve("talking"))) {
      assertTrue(model.decoder().spec().vocabularySize() == 2048);
      assertDecodesAsAWholePass(model);
    }
  }
}
