// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.QkvPart;
import io.github.lora4j.djl.nn.ModuleSlot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Queries, keys or values of a fused projection adapted alone. */
class FusedTargetsTest {
  @TempDir private Path directory;

  /**
   * A part of a fused projection.
   *
   * @param checkpoint the model's directory
   * @param target the module's name
   * @param partOf whose a row is: 0 the queries', 1 the keys', 2 the values'
   * @param part what is adapted
   */
  private record Case(Path checkpoint, String target, IntUnaryOperator partOf, QkvPart part) {
    LoraConfig config() {
      return LoraConfig.builder().rank(4).alpha(8).targetModules(target).fusedTargets(part).build();
    }

    @Override
    public String toString() {
      return checkpoint.getFileName() + " " + part;
    }
  }

  /** Heads have 12 values, those of the grouped one 8, three queries to a key and a value. */
  static Stream<Case> projections() {
    Path golden = TinyModels.GOLDEN;
    return Stream.of(
            parts(TinyModels.BLOOM, "query_key_value", row -> row / 12 % 3),
            parts(golden.resolve("gpt_neox"), "query_key_value", row -> row / 12 % 3),
            parts(golden.resolve("gpt2"), "c_attn", row -> row / 48),
            parts(golden.resolve("phi3"), "qkv_proj", row -> row < 48 ? 0 : row / 24 - 1),
            parts(golden.resolve("falcon"), "query_key_value", row -> row < 48 ? 0 : row / 12 - 3),
            parts(
                TinyModels.SAMPLES.resolve("falcon-new"),
                "query_key_value",
                row -> Math.max(0, row / 8 % 5 - 2)))
        .flatMap(cases -> cases);
  }

  private static Stream<Case> parts(Path checkpoint, String target, IntUnaryOperator partOf) {
    return Stream.of(QkvPart.values()).map(part -> new Case(checkpoint, target, partOf, part));
  }

  @ParameterizedTest
  @MethodSource("projections")
  void onlyTheChosenRowsChange(Case projection) {
    try (CheckpointModel base = TinyModels.load(projection.checkpoint());
        LoraModel model = LoraModel.wrap(base, projection.config())) {
      float[] losses = VariantsTest.train((AdaptedModel) model);
      assertTrue(
          losses[losses.length - 1] < losses[0], losses[0] + " to " + losses[losses.length - 1]);
      for (ModuleSlot slot : ((AdaptedModel) model).decoder().layerModules(0)) {
        slot.lora()
            .map(lora -> lora.active().get(0).delta(base.getNDManager()))
            .ifPresent(delta -> assertRows(projection, delta));
      }
    }
  }

  private static void assertRows(Case projection, NDArray delta) {
    try (delta) {
      int rows = (int) delta.getShape().get(0);
      int changed = 0;
      for (int row = 0; row < rows; row++) {
        boolean chosen = projection.partOf().applyAsInt(row) == projection.part().ordinal();
        try (NDArray values = delta.get(row);
            NDArray size = values.abs();
            NDArray largest = size.max()) {
          assertEquals(chosen, largest.getFloat() > 0, "row " + row);
        }
        changed += chosen ? 1 : 0;
      }
      assertTrue(changed > 0 && changed < rows, changed + " of " + rows);
    }
  }

  @ParameterizedTest
  @MethodSource("projections")
  void whatIsSavedIsAnOrdinaryAdapterThatComputesTheSame(Case projection) throws IOException {
    float[] trained;
    try (CheckpointModel base = TinyModels.load(projection.checkpoint());
        LoraModel model = LoraModel.wrap(base, projection.config())) {
      VariantsTest.train((AdaptedModel) model);
      trained = TinyModels.logits(model);
      model.saveAdapter(directory);
    }
    assertFalse(Files.readString(directory.resolve("adapter_config.json")).contains("fused"));
    try (CheckpointModel base = TinyModels.load(projection.checkpoint());
        LoraModel loaded = LoraModel.load(base, directory)) {
      assertArrayEquals(trained, TinyModels.logits(loaded));
      LoraConfig stored = (LoraConfig) loaded.adapters().get(LoraModel.DEFAULT_ADAPTER);
      assertTrue(stored.fusedTargets().isEmpty());
    }
  }

  @Test
  void aModelWithProjectionsOfTheirOwnNamesThemInstead() {
    LoraConfig config =
        LoraConfig.builder().targetModules("q_proj").fusedTargets(QkvPart.QUERY).build();
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      ConfigurationException e =
          assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, config));
      assertTrue(e.getMessage().contains("fusedTargets [QUERY]"), e.getMessage());
      assertTrue(e.getMessage().contains("q_proj"), e.getMessage());
    }
  }

  @Test
  void valuesOfWholeModulesAreNotWrittenOverThoseOfAPart() {
    Case bloom = projections().findFirst().orElseThrow();
    try (CheckpointModel base = TinyModels.load(bloom.checkpoint());
        LoraModel model = LoraModel.wrap(base, bloom.config())) {
      model.saveAdapter(directory);
      float[] before = TinyModels.logits(model);
      AdapterException e =
          assertThrows(
              AdapterException.class,
              () -> model.swapAdapter(LoraModel.DEFAULT_ADAPTER, directory));
      assertTrue(e.getMessage().contains("fusedTargets"), e.getMessage());
      assertArrayEquals(before, TinyModels.logits(model));
    }
  }
}
