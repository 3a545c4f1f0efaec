// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraModel;
import io.github.lora4j.MergeReport;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.quant.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Merging over a quantised base: into it, and into the checkpoint it was made from. */
class QuantizedMergeTest {
  private static final LoadOptions NF4 =
      LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build();
  private static final Path QLORA = TinyModels.RESOURCES.resolve("golden/qlora");
  private static final Path BF16 =
      TinyModels.RESOURCES.resolve("golden/loading/llama-sharded-bf16");

  @TempDir private Path directory;

  private static CheckpointModel load(Path checkpoint) {
    return (CheckpointModel) HuggingFaceModel.load(checkpoint, NF4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "bloom"})
  void aMergeIsQuantizedAgainAndItsErrorMeasured(String name) {
    try (CheckpointModel base = load(TinyModels.GOLDEN.resolve(name));
        LoraModel model = LoraModel.load(base, QLORA.resolve(name).resolve("adapter"))) {
      float[] apart = TinyModels.logits(model);
      MergeReport report = model.merge();
      assertEquals(base.decoder().quantized().size(), report.weights().size());
      assertTrue(report.rmsError() > 0 && report.rmsError() < report.maxError());
      assertEquals(report, model.merge(), "merged already");
      double difference = TinyModels.maxDifference(apart, TinyModels.logits(model));
      assertTrue(difference > 0 && difference < 2, "" + difference);
    }
  }

  @Test
  void unmergingRestoresEveryBit() {
    try (CheckpointModel base = load(TinyModels.LLAMA)) {
      float[] before = TinyModels.logits(base);
      try (LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build());
          LiveArrays live = new LiveArrays()) {
        float[] apart = TinyModels.logits(model);
        model.merge();
        model.unmerge();
        assertEquals(0, live.count());
        assertArrayEquals(apart, TinyModels.logits(model));
      }
      assertArrayEquals(before, TinyModels.logits(base));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "bloom"})
  void whatIsMergedForGoodCanBeSavedInFourBits(String name) {
    Path checkpoint = TinyModels.GOLDEN.resolve(name);
    try (CheckpointModel base = load(checkpoint)) {
      final int arrays = TinyModels.arrays(base.getNDManager());
      LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build());
      model.merge();
      float[] merged = TinyModels.logits(model);
      model.saveQuantized(directory.resolve("while-merged"));
      CausalLm kept = (CausalLm) model.mergeAndUnload();
      assertArrayEquals(merged, TinyModels.logits(kept));
      assertEquals(arrays, TinyModels.arrays(base.getNDManager()));
      kept.saveQuantized(directory.resolve("kept"));
      for (String saved : new String[] {"while-merged", "kept"}) {
        try (CheckpointModel loaded = TinyModels.load(directory.resolve(saved))) {
          assertArrayEquals(merged, TinyModels.logits(loaded));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#goldenAdaptersThatStartAnywhere")
  void mergingIntoTheOriginalEqualsMergingAModelThatNeverWasQuantized(Path adapter) {
    Path checkpoint = adapter.getParent().getParent();
    try (CheckpointModel base = load(checkpoint);
        LoraModel model = LoraModel.load(base, adapter)) {
      assertEquals(0, model.saveMerged(checkpoint, directory).maxError());
    }
    Path expected = directory.resolve("expected");
    try (CheckpointModel base = TinyModels.load(checkpoint);
        LoraModel model = LoraModel.load(base, adapter)) {
      model.saveMerged(expected);
    }
    try (CheckpointModel ours = TinyModels.load(directory);
        CheckpointModel theirs = TinyModels.load(expected)) {
      TinyModels.assertSameWeights(TinyModels.weights(theirs), TinyModels.weights(ours));
    }
  }

  @Test
  void tensorsKeepTheirTypeAndTheirRoundingIsReported() {
    try (CheckpointModel base = load(BF16);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj", "down_proj").build());
        LiveArrays live = new LiveArrays()) {
      MergeReport report = model.saveMerged(BF16, directory);
      assertEquals(0, live.count());
      assertEquals(4, report.weights().size());
      assertTrue(report.maxError() > 0 && report.rmsError() > 0, report.toString());
      assertTrue(report.maxError() < 0.02, report.toString());
    }
    LiveArrays.assertNoOpenFiles(BF16);
    try (Checkpoint original = Checkpoint.open(BF16);
        Checkpoint merged = Checkpoint.open(directory)) {
      assertEquals(
          original.names().stream().sorted().toList(), merged.names().stream().sorted().toList());
      for (String name : original.names()) {
        assertEquals(StoredType.BF16, merged.tensor(name).type());
        boolean changes = name.matches(".*(q_proj|down_proj)\\.weight");
        if (changes) {
          assertNotEquals(original.tensor(name).bytes(), merged.tensor(name).bytes(), name);
        } else {
          assertEquals(original.tensor(name).bytes(), merged.tensor(name).bytes(), name);
        }
      }
    }
    assertEquals(HuggingFaceConfig.read(BF16).json(), HuggingFaceConfig.read(directory).json());
  }

  @Test
  void aPickleIsMergedToo() {
    Path pickle = TinyModels.RESOURCES.resolve("golden/loading/bloom-bin");
    try (CheckpointModel base = load(pickle);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("query_key_value").build())) {
      model.saveMerged(pickle, directory);
    }
    try (CheckpointModel merged = TinyModels.load(directory);
        Checkpoint files = Checkpoint.open(directory)) {
      assertTrue(TinyModels.logits(merged).length > 0);
      assertEquals(
          StoredType.F16, files.tensor("h.0.self_attention.query_key_value.weight").type());
    }
  }

  @Test
  void aWrongOriginalIsRefusedAndNothingIsWritten() throws IOException {
    Path out = directory.resolve("out");
    Path prequantized = QLORA.resolve("llama/prequantized");
    try (CheckpointModel base = load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      for (Path wrong :
          new Path[] {TinyModels.BLOOM, prequantized, TinyModels.LLAMA, directory.resolve("no")}) {
        Path target = wrong.equals(TinyModels.LLAMA) ? wrong : out;
        assertThrows(CheckpointException.class, () -> model.saveMerged(wrong, target));
      }
    }
    assertTrue(Files.notExists(out) || Files.list(out).findAny().isEmpty());
  }

  @Test
  void anAdapterThatOverflowsTheTypeIsRefused() {
    Path half = TinyModels.RESOURCES.resolve("golden/loading/llama-fp16");
    try (CheckpointModel base = load(half);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj").alpha(1e9).build())) {
      CheckpointException e =
          assertThrows(
              CheckpointException.class, () -> model.saveMerged(half, directory.resolve("out")));
      assertTrue(e.getMessage().contains("F16"), e.getMessage());
      assertTrue(e.getMessage().contains("q_proj.weight"), e.getMessage());
    }
    assertTrue(Files.notExists(directory.resolve("out/model.safetensors")));
  }
}
