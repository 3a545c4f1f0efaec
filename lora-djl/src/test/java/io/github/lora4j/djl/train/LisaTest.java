// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.PagedAdamW;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.LisaConfig;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A few layers at a time train in full. */
class LisaTest {
  private static final LisaConfig ONE = LisaConfig.activeLayers(1).interval(2).seed(3);

  private static FineTunerBuilder tuner(LisaConfig lisa) {
    return TinyTraining.tuner().batchSize(5).maxSteps(6).lisa(lisa);
  }

  private static List<Double> losses(FineTuningResult result) {
    return result.stepReports().stream().map(StepReport::loss).toList();
  }

  private static Decoder decoder(CausalLm model) {
    return ((DecoderModel) model).decoder();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama3-tied-scaled"})
  void withAllLayersActiveItIsFullFineTuning(String name) {
    Path checkpoint = TinyTraining.MODELS.resolve(name);
    List<Double> full;
    try (CausalLm model = HuggingFaceModel.load(checkpoint)) {
      model.train(TrainableModules.all());
      FineTunerBuilder tuner = TinyTraining.tuner().batchSize(5).maxSteps(6);
      full = losses(tuner.build().fit(model, TinyTraining.data()));
    }
    try (CausalLm model = HuggingFaceModel.load(checkpoint)) {
      LisaConfig all = LisaConfig.activeLayers(2).interval(1);
      assertEquals(full, losses(tuner(all).build().fit(model, TinyTraining.data())));
    }
  }

  @Test
  void onlyTheDrawnLayersAndWhatIsOutsideChange() {
    try (CausalLm model = TinyTraining.llama()) {
      Map<String, float[]> before = TinyTraining.parameters(model);
      tuner(ONE.interval(100)).build().fit(model, TinyTraining.data());
      Set<String> changed = changed(before, TinyTraining.parameters(model));
      assertTrue(changed.contains("model.embed_tokens.weight"), changed::toString);
      assertTrue(changed.contains("lm_head.weight"), changed::toString);
      boolean first = changed.stream().anyMatch(name -> name.contains("layers.0."));
      boolean second = changed.stream().anyMatch(name -> name.contains("layers.1."));
      assertNotEquals(first, second);
    }
  }

  @Test
  void withoutEmbeddingsOnlyNormsOutsideTheLayersChange() {
    try (CausalLm model = TinyTraining.llama()) {
      Map<String, float[]> before = TinyTraining.parameters(model);
      tuner(ONE.trainEmbeddings(false)).build().fit(model, TinyTraining.data());
      Set<String> changed = changed(before, TinyTraining.parameters(model));
      changed.removeIf(name -> name.contains("layers."));
      assertEquals(Set.of("model.norm.weight"), changed);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void frozenLayersHaveNeitherGradientNorState(boolean quantized) {
    LoadOptions options =
        quantized
            ? LoadOptions.builder().quantization(Quantization.nf4()).build()
            : LoadOptions.defaults();
    try (CausalLm model = HuggingFaceModel.load(TinyTraining.LLAMA, options)) {
      int weights = decoder(model).quantized().size();
      int before = model.getNDManager().getManagedArrays().size();
      Set<String> seen = new HashSet<>();
      List<Double> losses = new ArrayList<>();
      FineTuningListener watcher =
          new FineTuningListener() {
            @Override
            public void onStep(StepReport report) {
              losses.add(report.loss());
              Set<String> layers = activeLayers(model);
              assertEquals(1, layers.size());
              seen.addAll(layers);
            }
          };
      tuner(LisaConfig.activeLayers(1).interval(1))
          .maxSteps(12)
          .listener(watcher)
          .build()
          .fit(model, TinyTraining.data());
      assertEquals(2, seen.size(), "both layers had their turn");
      assertTrue(losses.get(11) < 0.9 * losses.get(0), losses::toString);
      assertTrue(activeLayers(model).isEmpty());
      assertEquals(weights, decoder(model).quantized().size());
      assertEquals(before, model.getNDManager().getManagedArrays().size());
      for (Parameter parameter : decoder(model).parameters().values()) {
        assertFalse(parameter.getArray().hasGradient());
      }
    }
  }

  private static Set<String> activeLayers(CausalLm model) {
    Set<String> layers = new TreeSet<>();
    for (String name : decoder(model).trainableParameters().keySet()) {
      if (name.contains("layers.")) {
        layers.add(name.replaceAll(".*(layers\\.\\d+)\\..*", "$1"));
      }
    }
    return layers;
  }

  @Test
  void checkpointingMakesNoDifference() {
    List<List<Double>> runs = new ArrayList<>();
    for (GradientCheckpointing how :
        List.of(GradientCheckpointing.none(), GradientCheckpointing.everyLayer())) {
      try (CausalLm model = TinyTraining.llama()) {
        FineTunerBuilder tuner = tuner(ONE).gradientCheckpointing(how);
        runs.add(losses(tuner.build().fit(model, TinyTraining.data())));
      }
    }
    assertEquals(runs.get(0), runs.get(1));
  }

  @Test
  void pagesOfAFrozenLayerServeTheNextOne() {
    List<Double> plain;
    try (CausalLm model = TinyTraining.llama();
        AdamW adamW = AdamW.builder().learningRate(5e-3f).build()) {
      plain = losses(lisaWith(adamW, ONE, model));
    }
    try (CausalLm model = TinyTraining.llama();
        PagedAdamW paged = PagedAdamW.builder().learningRate(5e-3f).build()) {
      assertEquals(plain, losses(lisaWith(paged, ONE, model)));
    }
    try (CausalLm model = TinyTraining.llama();
        PagedAdamW paged = PagedAdamW.builder().learningRate(5e-3f).build()) {
      List<Double> kept = losses(lisaWith(paged, ONE.keepOptimizerState(true), model));
      assertEquals(plain.subList(0, 3), kept.subList(0, 3));
      assertNotEquals(plain, kept);
    }
  }

  private static FineTuningResult lisaWith(Optimizer optimizer, LisaConfig lisa, CausalLm model) {
    return FineTuner.builder()
        .silent()
        .batchSize(5)
        .maxSteps(8)
        .optimizer(optimizer)
        .lisa(lisa)
        .build()
        .fit(model, TinyTraining.data());
  }

  @Test
  void likelyLayersAreDrawnMoreOften() {
    LayerDraw draw =
        new LayerDraw(LisaConfig.activeLayers(2).layerWeights(List.of(1.0, 1.0, 6.0, 2.0)), 4);
    int[] count = new int[4];
    for (int i = 0; i < 2000; i++) {
      List<Integer> layers = draw.next();
      assertEquals(2, new HashSet<>(layers).size());
      layers.forEach(layer -> count[layer]++);
    }
    assertTrue(count[2] > count[3] && count[3] > 1.3 * count[0], () -> List.of(count).toString());
    LayerDraw again = new LayerDraw(LisaConfig.activeLayers(2), 4);
    LayerDraw same = new LayerDraw(LisaConfig.activeLayers(2), 4);
    assertArrayEquals(again.next().toArray(), same.next().toArray());
  }

  @Test
  void whatCannotBeIsRefused() {
    assertRefused("activeLayers must be at least 1", () -> LisaConfig.activeLayers(0));
    assertRefused("interval must be at least 1", () -> ONE.interval(0));
    assertRefused("keepBest", () -> tuner(ONE).evaluationFraction(0.3).keepBest(true).build());
    try (CausalLm model = TinyTraining.llama()) {
      assertRefused("the model has 2 layers", () -> fit(model, LisaConfig.activeLayers(3)));
      assertRefused("3 numbers", () -> fit(model, ONE.layerWeights(List.of(1.0, 1.0, 1.0))));
      assertRefused("PagedAdamW", () -> fit(model, ONE.keepOptimizerState(true)));
      Optimizer sgd = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.5f)).build();
      assertRefused("cannot drop the state", () -> lisaWith(sgd, ONE, model));
      try (LoraModel adapted = TinyTraining.wrap(model, 0)) {
        assertRefused("carries adapters", () -> fit(adapted, ONE));
      }
    }
  }

  private static void fit(CausalLm model, LisaConfig lisa) {
    tuner(lisa).build().fit(model, TinyTraining.data());
  }

  private static void assertRefused(String words, Runnable action) {
    ConfigurationException e = assertThrows(ConfigurationException.class, action::run);
    assertTrue(String.valueOf(e.getMessage()).contains(words), e.getMessage());
  }

  private static Set<String> changed(Map<String, float[]> before, Map<String, float[]> after) {
    Set<String> changed = new TreeSet<>();
    before.forEach(
        (name, values) -> {
          if (!Arrays.equals(values, after.get(name))) {
            changed.add(name);
          }
        });
    return changed;
  }
}
