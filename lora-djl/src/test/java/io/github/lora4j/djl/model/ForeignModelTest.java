// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainingException;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.train.TrainableModules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a {@link LoraModel} promises, on models that this library did not load. */
class ForeignModelTest {
  private static final int STEPS = 50;

  @TempDir Path directory;

  static Stream<Arguments> doors() {
    Supplier<Model> blocks = GoldenNet::blocks;
    Supplier<Model> script = GoldenNet::script;
    return Stream.of(Arguments.of("blocks", blocks), Arguments.of("script", script));
  }

  private static LoraConfigBuilder config() {
    return LoraConfig.builder().rank(4).alpha(8).targetModules("emb", "conv", "fc1");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void fiftyStepsHalveTheLossAndTheBaseIsUntouched(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    try (Model base = source.get()) {
      float[] before = ForeignTask.outputs(base);
      float loss = ForeignTask.loss(base);
      try (LoraModel model = LoraModel.wrap(base, config().build())) {
        assertArrayEquals(before, ForeignTask.outputs(model), "B is zero");
        ForeignTask.train(model, STEPS);
        float trained = ForeignTask.loss(model);
        assertTrue(trained <= loss / 2, loss + " then " + trained);
        float[] adapted = ForeignTask.outputs(model);
        model.disableAdapters();
        assertArrayEquals(before, ForeignTask.outputs(model));
        model.enableAdapters();
        assertArrayEquals(adapted, ForeignTask.outputs(model));
      }
      assertArrayEquals(before, ForeignTask.outputs(base));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void mergingChangesNothingAndUnmergingIsExact(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config().build())) {
      ForeignTask.train(model, STEPS);
      float[] adapted = ForeignTask.outputs(model);
      assertEquals(3, model.merge().weights().size());
      assertTrue(model.isMerged());
      assertArrayEquals(adapted, ForeignTask.outputs(model), 1e-5f);
      assertThrows(TrainingException.class, () -> model.newTrainer(ForeignTask.config()));
      model.unmerge();
      assertArrayEquals(adapted, ForeignTask.outputs(model));
      ForeignTask.train(model, 1);
      assertFalse(Arrays.equals(adapted, ForeignTask.outputs(model)));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void theWayThroughTheDiskIsExact(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    float[] adapted;
    LoraConfig config = config().modulesToSave("fc2").build();
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config)) {
      ForeignTask.train(model, 3);
      adapted = ForeignTask.outputs(model);
      model.save(directory, "ignored");
    }
    try (Model base = source.get();
        LoraModel model = LoraModel.load(base, directory)) {
      assertArrayEquals(adapted, ForeignTask.outputs(model));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void whatIsUnloadedIsTheBaseWithTheAdapterInIt(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    try (Model base = source.get()) {
      LoraModel model = LoraModel.wrap(base, config().modulesToSave("fc2").build());
      ForeignTask.train(model, 3);
      float[] adapted = ForeignTask.outputs(model);
      assertEquals(base, model.mergeAndUnload());
      assertArrayEquals(adapted, ForeignTask.outputs(base), 1e-5f);
      assertThrows(IllegalStateException.class, model::merge);
      LoraModel.wrap(base, config().build()).close();
      assertArrayEquals(adapted, ForeignTask.outputs(base), 1e-5f);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void adaptersTakeTurns(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    try (Model base = source.get()) {
      float[] before = ForeignTask.outputs(base);
      try (LoraModel model = LoraModel.wrap(base, config().build())) {
        ForeignTask.train(model, 2);
        float[] first = ForeignTask.outputs(model);
        model.addAdapter("second", LoraConfig.builder().targetModules("fc2").build());
        assertArrayEquals(first, ForeignTask.outputs(model));
        model.setActiveAdapter("second");
        assertArrayEquals(before, ForeignTask.outputs(model), "the second B is zero");
        ForeignTask.train(model, 2);
        assertFalse(Arrays.equals(before, ForeignTask.outputs(model)));
        model.setActiveAdapter("default");
        assertArrayEquals(first, ForeignTask.outputs(model));
        model.deleteAdapter("second");
        assertArrayEquals(first, ForeignTask.outputs(model));
        model.deleteAdapter("default");
        assertEquals(Optional.empty(), model.activeAdapter());
        assertArrayEquals(before, ForeignTask.outputs(model));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void predictorsUseTheAdapter(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config().build());
        NDManager manager = NDManager.newBaseManager("PyTorch");
        Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
      ForeignTask.train(model, 2);
      NDArray answer = predictor.predict(new NDList(ForeignTask.ids(manager))).head();
      assertArrayEquals(ForeignTask.outputs(model), answer.toFloatArray());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void aHundredStepsLeaveNoArraysBehind(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config().modulesToSave("fc2").build());
        NDManager manager = model.getNDManager().newSubManager();
        Trainer trainer = model.newTrainer(ForeignTask.config())) {
      var data = ForeignTask.data(manager);
      ForeignTask.steps(trainer, data, 3);
      int held = TinyModels.arrays(base.getNDManager());
      try (LiveArrays live = new LiveArrays()) {
        ForeignTask.steps(trainer, data, 100);
        assertEquals(0, live.count());
      }
      assertEquals(held, TinyModels.arrays(base.getNDManager()));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void aWrappingThatFailsLeavesNothingBehind(String door, Supplier<Model> source) {
    try (Model base = source.get()) {
      int held = TinyModels.arrays(base.getNDManager());
      long thawed = thawed(base);
      try (LiveArrays live = new LiveArrays()) {
        LoraConfig nothing = LoraConfig.builder().targetModules("q_proj").build();
        LoraConfig dropout = config().dropout(0.1).build();
        assertRefused("q_proj", () -> LoraModel.wrap(base, nothing));
        assertRefused("lora_dropout", () -> LoraModel.wrap(base, dropout));
        LoraConfig dora = config().useDora(true).build();
        assertRefused("use_dora", () -> LoraModel.wrap(base, dora));
        LoraConfig pissa = config().initialization(Initialization.PISSA).build();
        assertRefused("init_lora_weights", () -> LoraModel.wrap(base, pissa));
        assertThrows(AdapterException.class, () -> LoraModel.load(base, directory));
        assertEquals(0, live.count());
      }
      assertEquals(held, TinyModels.arrays(base.getNDManager()));
      assertEquals(thawed, thawed(base));
    }
  }

  private static long thawed(Model base) {
    return base.getBlock().getParameters().values().stream()
        .filter(Parameter::requiresGradient)
        .count();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void onlyOneMayStandOnAModel(String door, Supplier<Model> source) {
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config().build())) {
      assertRefused("already", () -> LoraModel.wrap(base, config().build()));
      assertRefused("already", () -> LoraModel.wrap(model, config().build()));
      assertEquals(0, thawed(base));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void textIsRefused(String door, Supplier<Model> source) {
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config().build())) {
      assertRefused("no causal", () -> model.generate("Hello", GenerationConfig.greedy()));
      assertRefused("mergeAndUnload", () -> model.saveMerged(directory));
      assertRefused("mergeAndUnload", () -> model.saveCheckpoint(directory));
      assertRefused("modulesToSave", () -> model.train(TrainableModules.all()));
    }
  }

  private static void assertRefused(String word, Runnable call) {
    LoraException refusal = assertThrows(ConfigurationException.class, call::run);
    assertTrue(String.valueOf(refusal.getMessage()).contains(word), refusal.getMessage());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void theModulesAreListed(String door, Supplier<Model> source) {
    try (Model base = source.get()) {
      assertEquals(
          List.of("emb", "conv", "image", "fc1", "norm", "fc2"),
          LoraModel.adaptableModules(base).stream().map(AdaptableModule::name).toList());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void onlyTheAdapterTrains(String door, Supplier<Model> source) {
    try (Model base = source.get();
        LoraModel model =
            LoraModel.wrap(base, LoraConfig.builder().rank(2).targetModules("fc1").build())) {
      long factors = 2 * (12 + 16);
      assertEquals(factors, model.trainableParameters().trainable());
      assertEquals(parameters(base) + factors, model.trainableParameters().total());
      assertEquals(Map.of("default", model.adapters().get("default")), model.adapters());
    }
  }

  private static long parameters(Model base) {
    return base.getBlock().getParameters().values().stream()
        .mapToLong(parameter -> parameter.getArray().size())
        .sum();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void adaptersMayChangeWhileATrainerIsOpen(String door, Supplier<Model> source)
      throws IOException, TranslateException {
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config().build())) {
      model.addAdapter("second", LoraConfig.builder().targetModules("fc2").build());
      float before = ForeignTask.loss(model);
      try (Trainer trainer = model.newTrainer(ForeignTask.config());
          NDManager manager = model.getNDManager().newSubManager()) {
        ForeignTask.steps(trainer, ForeignTask.data(manager), 2);
        model.setActiveAdapter("second");
        assertEquals(before, ForeignTask.loss(model));
        ForeignTask.steps(trainer, ForeignTask.data(manager), 2);
        assertTrue(ForeignTask.loss(model) < before);
      }
      assertTrue(
          base.getBlock().getParameters().values().stream()
              .noneMatch(parameter -> parameter.getArray().hasGradient()));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void twoForwardPassesMayHaveOneBackwardPass(String door, Supplier<Model> source) {
    try (Model base = source.get();
        LoraModel model = LoraModel.wrap(base, config().build());
        Trainer trainer = model.newTrainer(ForeignTask.config());
        NDManager manager = trainer.getManager().newSubManager()) {
      float before = ForeignTask.loss(model);
      NDList ids = new NDList(ForeignTask.ids(manager));
      try (GradientCollector collector = trainer.newGradientCollector()) {
        NDArray sum = trainer.forward(ids).head().sum();
        collector.backward(sum.add(trainer.forward(ids).head().sum()));
      }
      trainer.step();
      assertFalse(before == ForeignTask.loss(model));
    }
  }
}
