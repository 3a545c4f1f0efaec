// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraModel;
import io.github.lora4j.QkvPart;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every variant of LoRA promises, over dense and quantised bases. */
class VariantsTest {
  private static final LoadOptions DENSE = LoadOptions.defaults();
  private static final LoadOptions NF4 =
      LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build();
  private static final long[] LABELS = {-100, 9, 11, 7, 30, -100, -100, -100, 4, 60};
  private static final int STEPS = 20;

  @TempDir private Path directory;

  /** A variant over a base. */
  private record Case(String name, Path checkpoint, LoadOptions options, LoraConfig config) {
    CheckpointModel load() {
      return (CheckpointModel) HuggingFaceModel.load(checkpoint, options);
    }

    /** A decomposition that is made again may differ in the last bits. */
    float tolerance() {
      return config.initialization().leavesResidual() ? 1e-5f : 0;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Those whose merged weights compute what base and adapter compute apart. */
  static Stream<Case> variants() {
    return Stream.of(
        variant("DoRA", TinyModels.LLAMA, DENSE, TinyModels.random().useDora(true).allLinear()),
        variant("DoRA, biases", TinyModels.BLOOM, DENSE, dora().allLinear()),
        variant("DoRA over nf4", TinyModels.LLAMA, NF4, dora().allLinear()),
        variant("PiSSA", TinyModels.LLAMA, DENSE, started(Initialization.PISSA)),
        variant("PiSSA over nf4", TinyModels.LLAMA, NF4, started(Initialization.PISSA)),
        variant("PiSSA, randomised", TinyModels.BLOOM, DENSE, started(Initialization.pissa(4))),
        variant("OLoRA", TinyModels.BLOOM, DENSE, started(Initialization.OLORA)),
        variant("embedding", TinyModels.LLAMA, DENSE, embedding("embed_tokens", "q_proj")),
        variant("bias of B", TinyModels.BLOOM, DENSE, biased()),
        variant("queries and values", TinyModels.BLOOM, DENSE, queriesAndValues()),
        variant("queries and values over nf4", TinyModels.BLOOM, NF4, queriesAndValues()),
        variant("bias of B over nf4", TinyModels.BLOOM, NF4, biased()),
        variant("orthogonal", TinyModels.LLAMA, DENSE, started(Initialization.ORTHOGONAL)),
        variant(
            "DoRA over PiSSA's residual",
            TinyModels.LLAMA,
            DENSE,
            started(Initialization.PISSA).useDora(true)));
  }

  static Stream<Case> denseVariants() {
    return variants().filter(variant -> variant.options().equals(DENSE));
  }

  /** A tied head follows the embedding's table only when that is merged. */
  static Stream<Case> anyVariants() {
    return Stream.concat(
        variants(),
        Stream.of(
            variant("tied embedding", TinyModels.BLOOM, DENSE, embedding("word_embeddings"))));
  }

  private static LoraConfigBuilder started(Initialization initialization) {
    return LoraConfig.builder().rank(4).alpha(6).allLinear().initialization(initialization);
  }

  private static LoraConfigBuilder embedding(String... targets) {
    return LoraConfig.builder().rank(4).alpha(4).targetModules(targets);
  }

  private static LoraConfigBuilder queriesAndValues() {
    return LoraConfig.builder()
        .rank(4)
        .alpha(8)
        .allLinear()
        .fusedTargets(QkvPart.QUERY, QkvPart.VALUE);
  }

  private static LoraConfigBuilder biased() {
    return LoraConfig.builder().rank(3).alpha(6).loraBias(true).allLinear();
  }

  private static LoraConfigBuilder dora() {
    return LoraConfig.builder().rank(3).alpha(6).useDora(true);
  }

  private static Case variant(
      String name, Path checkpoint, LoadOptions load, LoraConfigBuilder config) {
    return new Case(name, checkpoint, load, config.build());
  }

  @ParameterizedTest
  @MethodSource("anyVariants")
  void aTrainedAdapterComputesTheSameWhenLoaded(Case variant) {
    float[] trained;
    try (CheckpointModel base = variant.load();
        LoraModel model = LoraModel.wrap(base, variant.config())) {
      float[] losses = train((AdaptedModel) model);
      assertTrue(losses[STEPS - 1] < 0.9 * losses[0], losses[0] + " to " + losses[STEPS - 1]);
      trained = TinyModels.logits(model);
      model.saveAdapter(directory);
    }
    try (CheckpointModel base = variant.load();
        LoraModel loaded = LoraModel.load(base, directory)) {
      assertArrayEquals(trained, TinyModels.logits(loaded), variant.tolerance());
    }
  }

  @ParameterizedTest
  @MethodSource("anyVariants")
  void aConvertedAdapterFitsTheBaseAsItIs(Case variant) {
    float[] trained;
    try (CheckpointModel base = variant.load();
        LoraModel model = LoraModel.wrap(base, variant.config())) {
      train((AdaptedModel) model);
      trained = TinyModels.logits(model);
      model.saveConvertedAdapter(directory);
    }
    try (CheckpointModel base = variant.load();
        LoraModel loaded = LoraModel.load(base, directory)) {
      assertArrayEquals(trained, TinyModels.logits(loaded), 1e-5f);
      LoraConfig stored = (LoraConfig) loaded.adapters().get(LoraModel.DEFAULT_ADAPTER);
      assertFalse(stored.initialization().leavesResidual());
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void mergedWeightsComputeWhatBaseAndAdapterCompute(Case variant) {
    try (CheckpointModel base = variant.load();
        LoraModel model = LoraModel.wrap(base, variant.config())) {
      train((AdaptedModel) model);
      float[] apart = TinyModels.logits(model);
      boolean dense = model.merge().maxError() == 0;
      assertEquals(variant.options().quantization().isEmpty(), dense);
      if (dense) {
        assertArrayEquals(apart, TinyModels.logits(model), 1e-4f);
      }
      model.unmerge();
      assertArrayEquals(apart, TinyModels.logits(model));
    }
  }

  @ParameterizedTest
  @MethodSource("denseVariants")
  void unloadedAndSavedMergesAreTheSameModel(Case variant) {
    float[] merged;
    try (CheckpointModel base = variant.load()) {
      LoraModel model = LoraModel.wrap(base, variant.config());
      train((AdaptedModel) model);
      model.saveMerged(directory.resolve("float32"));
      model.saveMerged(variant.checkpoint(), directory.resolve("as it was"));
      model.mergeAndUnload();
      merged = TinyModels.logits(base);
    }
    for (String saved : List.of("float32", "as it was")) {
      try (CheckpointModel base = TinyModels.load(directory.resolve(saved))) {
        assertArrayEquals(merged, TinyModels.logits(base), 1e-4f, saved);
      }
    }
  }

  @Test
  void aBiasThatTheBaseHasNotCannotBeMerged() {
    LoraConfig config = LoraConfig.builder().loraBias(true).targetModules("q_proj").build();
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, config)) {
      ConfigurationException e = assertThrows(ConfigurationException.class, model::merge);
      assertTrue(e.getMessage().contains("lora_bias"), e.getMessage());
      assertFalse(model.isMerged());
    }
  }

  @ParameterizedTest
  @MethodSource("anyVariants")
  void theBaseStaysAsItWasAndNothingIsLeft(Case variant) {
    try (CheckpointModel base = variant.load()) {
      final float[] before = TinyModels.logits(base);
      final Map<String, float[]> weights = TinyModels.weights(base);
      try (LiveArrays live = new LiveArrays()) {
        try (LoraModel model = LoraModel.wrap(base, variant.config())) {
          train((AdaptedModel) model);
          model.disableAdapters();
          assertArrayEquals(before, TinyModels.logits(model));
        }
        assertEquals(0, live.count());
      }
      assertArrayEquals(before, TinyModels.logits(base));
      TinyModels.assertSameWeights(weights, TinyModels.weights(base));
    }
  }

  /** Trains 20 steps without dropout; gives their losses. */
  static float[] train(AdaptedModel model) {
    GradientEngine engine =
        GradientEngine.withoutDropout(model.decoder(), GradientCheckpointing.none());
    float[] losses = new float[STEPS];
    try (NDManager manager = model.getNDManager().newSubManager();
        AdamW optimizer = AdamW.builder().learningRate(1e-2f).build()) {
      RaggedBatch batch = model.getBlock().pack(TinyModels.batch(manager));
      double weight = 1.0 / GradientEngine.countTargets(batch, LABELS);
      for (int step = 0; step < STEPS; step++) {
        losses[step] = (float) (engine.accumulate(manager, batch, LABELS, weight) * weight);
        ParameterUpdates.step(engine, optimizer);
      }
    }
    return losses;
  }
}
