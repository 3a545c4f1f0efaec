// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.AdapterException;
import io.github.lora4j.Bias;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeveralAdaptersTest {
  private static final Path ADAPTERS = TinyModels.LLAMA.resolve("adapters");

  private CheckpointModel base;
  private float[] baseLogits;

  @BeforeEach
  void load() {
    base = TinyModels.load(TinyModels.LLAMA);
    baseLogits = TinyModels.logits(base);
  }

  @AfterEach
  void close() {
    base.close();
  }

  private static LoraConfig attention() {
    return TinyModels.random("q_proj", "v_proj").build();
  }

  @Test
  void anAddedAdapterWaitsUntilItIsChosen() {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      float[] first = TinyModels.logits(model);
      model.addAdapter("second", TinyModels.random("q_proj", "down_proj").build());
      assertEquals(Optional.of("default"), model.activeAdapter());
      assertEquals(List.of("default", "second"), List.copyOf(model.adapters().keySet()));
      assertArrayEquals(first, TinyModels.logits(model));

      model.setActiveAdapter("second");
      assertEquals(Optional.of("second"), model.activeAdapter());
      assertTrue(TinyModels.maxDifference(first, TinyModels.logits(model)) > 1e-3);

      model.setActiveAdapter("default");
      assertArrayEquals(first, TinyModels.logits(model));
    }
  }

  @Test
  void onlyTheActiveAdapterTrains() {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      model.addAdapter("second", TinyModels.random("q_proj", "down_proj").build());
      assertEquals(Set.of("default"), adaptersThatTrain(model));
      model.setActiveAdapter("second");
      assertEquals(Set.of("second"), adaptersThatTrain(model));
    }
  }

  private static Set<String> adaptersThatTrain(LoraModel model) {
    return model.getBlock().getParameters().stream()
        .filter(pair -> pair.getValue().requiresGradient())
        .map(Pair<String, Parameter>::getKey)
        .map(name -> name.replaceAll(".*lora_[AB]\\.(\\w+)\\.weight", "$1"))
        .collect(Collectors.toSet());
  }

  @Test
  void eachAdapterOnOneModelComputesWhatItComputesAlone() {
    float[] alone;
    try (LoraModel model = LoraModel.load(base, ADAPTERS.resolve("bias-all"))) {
      alone = TinyModels.logits(model);
    }
    try (LoraModel model = LoraModel.load(base, ADAPTERS.resolve("modules_to_save"))) {
      float[] first = TinyModels.logits(model);
      model.loadAdapter("patterns", ADAPTERS.resolve("patterns"));
      model.loadAdapter("bias", ADAPTERS.resolve("bias-all"));
      model.setActiveAdapter("bias");
      assertArrayEquals(alone, TinyModels.logits(model));
      model.setActiveAdapter("default");
      assertArrayEquals(first, TinyModels.logits(model));
    }
  }

  @Test
  void deletingTheActiveAdapterLeavesTheBase() {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      model.addAdapter("second", attention());
      model.deleteAdapter("default");
      assertEquals(Optional.empty(), model.activeAdapter());
      assertEquals(Set.of("second"), model.adapters().keySet());
      assertArrayEquals(baseLogits, TinyModels.logits(model));
      assertEquals(0, model.trainableParameters().trainable());
      model.setActiveAdapter("second");
      assertTrue(TinyModels.maxDifference(baseLogits, TinyModels.logits(model)) > 1e-3);
    }
  }

  @ParameterizedTest
  @CsvSource({"bias-all", "modules_to_save", "layer1-only"})
  void deletingAnotherAdapterLeavesTheActiveOneAsItIs(String active) {
    try (LoraModel model = LoraModel.load(base, ADAPTERS.resolve(active))) {
      float[] before = TinyModels.logits(model);
      model.addAdapter("b", TinyModels.random("q_proj").bias(Bias.ALL).build());
      model.addAdapter("s", TinyModels.random("k_proj").modulesToSave("lm_head").build());
      model.deleteAdapter("b");
      model.deleteAdapter("s");
      assertArrayEquals(before, TinyModels.logits(model));
    }
  }

  @Test
  void biasesOfTheActiveAdapterOutliveADeletedOne() {
    Path directory = TinyModels.SAMPLES.resolve("bloom-6-heads");
    try (CheckpointModel bloom = TinyModels.load(directory);
        LoraModel model = LoraModel.load(bloom, directory.resolve("adapters/bias-all"))) {
      fillBiases(model, 0.5f);
      float[] before = TinyModels.logits(model);
      model.addAdapter("b", TinyModels.random("query_key_value").bias(Bias.ALL).build());
      model.deleteAdapter("b");
      assertArrayEquals(before, TinyModels.logits(model));
    }
  }

  private static void fillBiases(LoraModel model, float value) {
    for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
      if (pair.getValue().requiresGradient() && pair.getKey().endsWith(".bias")) {
        pair.getValue().getArray().stopGradient().muli(0).addi(value);
      }
    }
  }

  /** One adapter trains the head in full, the other has factors there. */
  @ParameterizedTest
  @CsvSource({"saved,adapted", "adapted,saved"})
  void aModuleMayBeSavedByOneAdapterAndAdaptedByAnother(String first, String second) {
    LoraConfig saved = TinyModels.random("q_proj").modulesToSave("lm_head").build();
    LoraConfig adapted = TinyModels.random("lm_head").build();
    try (LoraModel model = LoraModel.wrap(base, first.equals("saved") ? saved : adapted)) {
      float[] before = TinyModels.logits(model);
      model.addAdapter("second", second.equals("saved") ? saved : adapted);
      assertArrayEquals(before, TinyModels.logits(model));
      model.setActiveAdapter("second");
      assertTrue(TinyModels.maxDifference(before, TinyModels.logits(model)) > 1e-3);
      model.setActiveAdapter("default");
      assertArrayEquals(before, TinyModels.logits(model));
      model.deleteAdapter("default");
      assertArrayEquals(baseLogits, TinyModels.logits(model));
    }
    assertArrayEquals(baseLogits, TinyModels.logits(base));
  }

  /** PEFT names a bias by whether its module is adapted by the same adapter. */
  @Test
  void aBiasIsSavedUnderTheNameThatItsOwnAdapterGivesIt(@TempDir Path directory) {
    Path checkpoint = TinyModels.SAMPLES.resolve("llama-biases");
    try (CheckpointModel biased = TinyModels.load(checkpoint);
        LoraModel model = LoraModel.wrap(biased, TinyModels.random("q_proj").build())) {
      model.addAdapter("b", TinyModels.random("v_proj").bias(Bias.ALL).build());
      model.setActiveAdapter("b");
      fillBiases(model, 0.5f);
      float[] expected = TinyModels.logits(model);
      model.saveAdapter(directory);
      model.close();
      try (LoraModel loaded = LoraModel.load(biased, directory)) {
        assertArrayEquals(expected, TinyModels.logits(loaded));
      }
    }
  }

  @Test
  void aTakenNameIsRefused() {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      String message =
          assertThrows(ConfigurationException.class, () -> model.addAdapter("default", attention()))
              .getMessage();
      assertTrue(message.contains("\"default\" exists already"), message);
      assertThrows(
          ConfigurationException.class,
          () -> model.loadAdapter("default", ADAPTERS.resolve("default")));
    }
  }

  @ParameterizedTest
  @CsvSource({"a.b", "''", "."})
  void aNameMayNotBeEmptyOrHoldADot(String name) {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      String message =
          assertThrows(ConfigurationException.class, () -> model.addAdapter(name, attention()))
              .getMessage();
      assertTrue(message.contains("was \"" + name + "\""), message);
      assertFalse(model.adapters().containsKey(name));
    }
  }

  @Test
  void anUnknownNameListsTheKnown() {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      for (Runnable call :
          List.<Runnable>of(
              () -> model.setActiveAdapter("x"),
              () -> model.deleteAdapter("x"),
              () -> model.saveAdapter("x", Path.of("target/never")))) {
        String message = assertThrows(ConfigurationException.class, call::run).getMessage();
        assertTrue(message.contains("no adapter \"x\""), message);
        assertTrue(message.contains("[default]"), message);
      }
    }
  }

  @Test
  void aRenamedAdapterStaysWhatItIs(@TempDir Path directory) {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      float[] before = TinyModels.logits(model);
      model.addAdapter("second", attention());
      model.renameAdapter("default", "first");
      assertEquals(List.of("first", "second"), List.copyOf(model.adapters().keySet()));
      assertEquals(List.of("first"), model.activeAdapters());
      assertEquals(Set.of("first"), adaptersThatTrain(model));
      assertArrayEquals(before, TinyModels.logits(model));
      model.setActiveAdapter("second");
      model.setActiveAdapter("first");
      assertArrayEquals(before, TinyModels.logits(model));
      assertThrows(ConfigurationException.class, () -> model.renameAdapter("first", "second"));
      assertThrows(ConfigurationException.class, () -> model.renameAdapter("x", "y"));
      assertThrows(
          ConfigurationException.class, () -> model.renameAdapter("first", LoraModel.BASE));
    }
  }

  @Test
  void deletingOneOfSeveralActiveAdaptersLeavesTheOthers() {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      model.addAdapter("second", TinyModels.random("q_proj", "down_proj").build());
      model.setActiveAdapter("second");
      float[] second = TinyModels.logits(model);
      model.setActiveAdapters("default", "second");
      assertEquals(Set.of("default", "second"), adaptersThatTrain(model));
      assertTrue(TinyModels.maxDifference(second, TinyModels.logits(model)) > 1e-3);
      model.deleteAdapter("default");
      assertEquals(List.of("second"), model.activeAdapters());
      assertArrayEquals(second, TinyModels.logits(model));
      model.disableAdapters();
      assertEquals(List.of(), model.activeAdapters());
      assertArrayEquals(baseLogits, TinyModels.logits(model));
    }
  }

  @Test
  void adaptersThatReplaceTheSameModuleAreNotActiveTogether() {
    LoraConfig saved = TinyModels.random("q_proj").modulesToSave("lm_head").build();
    try (LoraModel model = LoraModel.wrap(base, saved)) {
      model.addAdapter("second", saved);
      model.addAdapter("third", attention());
      String message =
          assertThrows(
                  ConfigurationException.class, () -> model.setActiveAdapters("default", "second"))
              .getMessage();
      assertTrue(message.contains("\"lm_head\""), message);
      assertEquals(List.of("default"), model.activeAdapters());
      model.setActiveAdapters("third", "default");
      assertThrows(IllegalStateException.class, () -> model.saveAdapter(Path.of("target/never")));
      assertThrows(ConfigurationException.class, () -> model.setActiveAdapters("third", "third"));
      assertThrows(ConfigurationException.class, model::setActiveAdapters);
    }
  }

  @Test
  void aSwappedAdapterHasTheValuesOfTheFile(@TempDir Path directory) {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      model.addAdapter("second", attention());
      model.saveAdapter("second", directory);
      model.setActiveAdapter("second");
      float[] second = TinyModels.logits(model);
      model.setActiveAdapter("default");
      float[] first = TinyModels.logits(model);
      Object array = firstFactor(model);
      assertThrows(
          AdapterException.class,
          () -> model.swapAdapter("default", ADAPTERS.resolve("default"))); // another rank
      assertArrayEquals(first, TinyModels.logits(model));
      try (LiveArrays live = new LiveArrays()) {
        model.swapAdapter("default", directory);
        assertEquals(0, live.count());
      }
      assertArrayEquals(second, TinyModels.logits(model));
      assertEquals(array, firstFactor(model));
      assertEquals(Set.of("default"), adaptersThatTrain(model));
      model.merge();
      assertThrows(IllegalStateException.class, () -> model.swapAdapter("default", directory));
    }
  }

  private static Object firstFactor(LoraModel model) {
    return ((AdaptedModel) model)
        .adapterSet()
        .get("default")
        .trained()
        .values()
        .iterator()
        .next()
        .getArray();
  }

  @Test
  void anUpdateThatIsNotFiniteIsNotMerged(@TempDir Path directory) {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      float[] before = TinyModels.logits(model);
      model.addAdapter("broken", attention());
      model.setActiveAdapters("default", "broken");
      List<Parameter> broken =
          List.copyOf(((AdaptedModel) model).adapterSet().get("broken").trained().values());
      broken.get(broken.size() - 1).getArray().stopGradient().muli(Float.POSITIVE_INFINITY);
      String message = assertThrows(AdapterException.class, model::merge).getMessage();
      assertTrue(message.contains("model.layers.1.self_attn.v_proj.weight"), message);
      assertFalse(model.isMerged());
      assertThrows(AdapterException.class, () -> model.saveMerged(directory));
      model.setActiveAdapter("default");
      assertArrayEquals(before, TinyModels.logits(model));
    }
  }

  @Test
  void whatCanBeAdaptedIsListed() {
    try (LoraModel model = LoraModel.wrap(base, attention())) {
      List<String> names = model.adaptableModules().stream().map(AdaptableModule::name).toList();
      assertTrue(names.contains("model.layers.1.mlp.down_proj"), names.toString());
      assertTrue(names.contains("lm_head"), names.toString());
    }
  }
}
