// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TokenIndices;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows of token tables that train beside the factors; what they compute is held against PEFT's
 * among the golden models.
 */
class TrainableTokensTest {
  private static final LoraConfig ROWS =
      LoraConfig.builder().targetModules("q_proj").trainableTokenIndices(30, 5, 9).build();
  private static final PeftTensor EMBEDDED =
      new PeftTensor("model.embed_tokens", TensorRole.TRAINABLE_TOKENS);

  @TempDir private Path directory;

  static List<Path> tables() {
    return List.of(TinyModels.LLAMA, TinyModels.TIED_LLAMA, TinyModels.GOLDEN.resolve("gemma2"));
  }

  private static LoraConfig ofBoth(List<Integer> embedded, List<Integer> head) {
    return ROWS.toBuilder()
        .trainableTokenIndices(
            new TokenIndices.ByModule(Map.of("embed_tokens", embedded, "lm_head", head)))
        .build();
  }

  private static void write(CheckpointModel base, Parameter values, float value) {
    try (NDManager scope = base.getNDManager().newSubManager()) {
      base.decoder()
          .ops()
          .copyInto()
          .apply(values.getArray(), scope.full(values.getShape(), value))
          .close();
    }
  }

  private static Parameter values(LoraModel model, PeftTensor tensor) {
    return ((AdaptedModel) model).requireActive().trained().get(tensor);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void newRowsAreTheBasesOwn(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      float[] before = TinyModels.logits(base);
      try (LoraModel model = LoraModel.wrap(base, ROWS)) {
        assertArrayEquals(before, TinyModels.logits(model), 1e-6f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tables")
  void onlyTheRowsTrain(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint);
        AdaptedModel model = (AdaptedModel) LoraModel.wrap(base, ROWS);
        NDManager scope = base.getNDManager().newSubManager()) {
      Map<String, float[]> before = TinyModels.weights(base);
      RaggedBatch batch = RaggedBatch.of(List.of(new int[] {5, 9, 11, 30, 8}));
      GradientEngine engine =
          GradientEngine.withoutDropout(model.decoder(), GradientCheckpointing.none());
      engine.accumulate(scope, batch, new long[] {5, 9, 11, 30, 8}, 1);

      String name = "model.embed_tokens.token_adapter.trainable_tokens_delta.default";
      Parameter rows = engine.trainable().get(name);
      assertEquals(3, rows.getShape().get(0));
      try (var gradient = GradientEngine.gradient(rows)) {
        assertTrue(gradient.abs().sum().getFloat() > 0);
      }
      assertTrue(
          model.decoder().baseParameters().values().stream()
              .noneMatch(p -> p.getArray().hasGradient()));
      TinyModels.assertSameWeights(before, TinyModels.weights(base));
    }
  }

  @Test
  void aTiedHeadFollowsAndStoresNothing() {
    try (CheckpointModel base = TinyModels.load(TinyModels.TIED_LLAMA);
        LoraModel model = LoraModel.wrap(base, ofBoth(List.of(5, 9), List.of(5, 9)))) {
      float[] before = TinyModels.logits(model);
      write(base, values(model, EMBEDDED), 0.25f);
      model.saveAdapter(directory);

      int vocabulary = base.decoder().spec().vocabularySize();
      assertTrue(before[vocabulary + 5] != TinyModels.logits(model)[vocabulary + 5]);
    }
    try (SafetensorsFile file =
        SafetensorsFile.open(directory.resolve("adapter_model.safetensors"))) {
      assertTrue(
          file.contains(
              "base_model.model." + EMBEDDED.module() + ".token_adapter.trainable_tokens_delta"));
      assertFalse(file.names().stream().anyMatch(name -> name.contains("lm_head")));
    }
  }

  @Test
  void rowsOfATiedHeadOnlyLeaveTheEmbedding() {
    PeftTensor ofHead = new PeftTensor("lm_head", TensorRole.TRAINABLE_TOKENS);
    float[] apart;
    try (CheckpointModel base = TinyModels.load(TinyModels.TIED_LLAMA);
        LoraModel model = LoraModel.wrap(base, ofBoth(List.of(9), List.of(5, 30)))) {
      write(base, values(model, ofHead), 0.5f);
      apart = TinyModels.logits(model);
      model.merge();
      assertArrayEquals(apart, TinyModels.logits(model), 1e-5f);
      model.unmerge();
      assertArrayEquals(apart, TinyModels.logits(model));
      model.saveMerged(directory.resolve("float32"));
      model.saveMerged(TinyModels.TIED_LLAMA, directory.resolve("as it was"));
    }
    for (String saved : new String[] {"float32", "as it was"}) {
      try (CheckpointModel merged = TinyModels.load(directory.resolve(saved))) {
        assertFalse(merged.decoder().isHeadTied());
        assertArrayEquals(apart, TinyModels.logits(merged), 1e-5f, saved);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tables")
  void mergedForGoodATableStaysShared(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      boolean tied = base.decoder().isHeadTied();
      LoraModel model = LoraModel.wrap(base, ROWS);
      write(base, values(model, EMBEDDED), 0.25f);
      float[] apart = TinyModels.logits(model);
      model.saveMerged(directory);
      model.mergeAndUnload();

      assertEquals(tied, base.decoder().isHeadTied());
      assertArrayEquals(apart, TinyModels.logits(base), 1e-5f);
    }
    try (CheckpointModel merged = TinyModels.load(directory)) {
      assertTrue(merged.decoder().spec().vocabularySize() > 0);
    }
  }

  @Test
  void nothingIsLeftBehind() {
    try (CheckpointModel base = TinyModels.load(TinyModels.TIED_LLAMA)) {
      step(base);
      try (LiveArrays live = new LiveArrays()) {
        step(base);
        assertEquals(0, live.count());
        assertTrue(live.made() > 10);
      }
    }
  }

  private static void step(CheckpointModel base) {
    try (AdaptedModel model = (AdaptedModel) LoraModel.wrap(base, ROWS)) {
      RaggedBatch batch = RaggedBatch.of(List.of(new int[] {5, 9, 11, 30, 8}));
      GradientEngine engine =
          GradientEngine.withoutDropout(model.decoder(), GradientCheckpointing.everyLayer());
      try (NDManager scope = base.getNDManager().newSubManager()) {
        engine.accumulate(scope, batch, new long[] {5, 9, 11, 30, 8}, 1);
      }
      engine.zeroGradients();
      model.merge();
      model.unmerge();
    }
  }

  @Test
  void rowsOfOtherTokensAreNotSwappedIn() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, ROWS)) {
      model.addAdapter("other", ROWS.toBuilder().trainableTokenIndices(1, 2, 3).build());
      model.setActiveAdapter("other");
      model.saveAdapter(directory);
      AdapterException e =
          assertThrows(AdapterException.class, () -> model.swapAdapter("default", directory));
      assertTrue(e.getMessage().contains("other trainable_token_indices"), e.getMessage());
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    refused(
        TinyModels.TIED_LLAMA,
        ROWS.toBuilder().targetModules("lm_head").build(),
        "\"lm_head\" shares the table of \"model.embed_tokens\"");
    refused(
        TinyModels.LLAMA,
        ROWS.toBuilder().targetModules("embed_tokens").build(),
        "cannot train while it is among the target_modules");
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, ROWS)) {
      model.addAdapter("other", ROWS);
      ConfigurationException e =
          assertThrows(
              ConfigurationException.class, () -> model.setActiveAdapters("default", "other"));
      assertTrue(e.getMessage().contains("model.embed_tokens"), e.getMessage());
    }
  }

  private static void refused(Path checkpoint, LoraConfig config, String part) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      ConfigurationException e =
          assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, config));
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }
}
