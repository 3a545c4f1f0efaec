// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.model.AdaptedModel;
import io.github.lora4j.djl.model.LiveArrays;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.GradientCheckpointing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** AdaLoRA against PEFT: a run of twelve steps on one batch, and what becomes of the adapter. */
class AdaLoraTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/adalora");
  private static final int STEPS = 12;
  private static final int[][] ROWS = {
    {73, 111, 91, 111, 36, 44, 5, 4, 42, 125, 6}, {68, 20, 86, 37, 57, 55, 7, 33}
  };
  private static final int[] LEARNED = {7, 4};

  @TempDir private Path directory;

  private static AdaLoraConfig config() {
    return AdaLoraConfig.builder()
        .initialRank(6)
        .targetRank(3)
        .tinit(2)
        .tfinal(3)
        .alpha(8)
        .targetModules("q_proj", "v_proj", "down_proj")
        .build();
  }

  /** What the reference run started with, as a saved adapter. */
  private static Path start(Path directory, AdaLoraConfig config) throws IOException {
    try (SafetensorsFile reference = reference()) {
      List<TensorEntry> entries =
          reference.names().stream()
              .filter(name -> name.startsWith("init."))
              .map(
                  name ->
                      TensorEntry.of(
                          name.replace("init.", "").replace(".default", ""),
                          reference.tensor(name)))
              .toList();
      SafetensorsWriter.write(directory.resolve("adapter_model.safetensors"), entries);
    }
    Files.writeString(directory.resolve(PeftConfigJson.FILE_NAME), PeftConfigJson.toJson(config));
    return directory;
  }

  private static SafetensorsFile reference() {
    return SafetensorsFile.open(GOLDEN.resolve("io.safetensors"));
  }

  private static JsonObject run() throws IOException {
    return JsonParser.parseString(Files.readString(GOLDEN.resolve("adalora.json")))
        .getAsJsonObject();
  }

  private static MicroBatch batch() {
    RaggedBatch batch = RaggedBatch.of(List.of(ROWS));
    long[] labels = new long[batch.paddedRows() * batch.paddedColumns()];
    Arrays.fill(labels, -100);
    long learned = 0;
    for (int row = 0; row < ROWS.length; row++) {
      int length = ROWS[row].length;
      for (int i = length - LEARNED[row]; i < length; i++) {
        labels[row * batch.paddedColumns() + i] = ROWS[row][i];
        learned++;
      }
    }
    return new MicroBatch(batch, labels, learned);
  }

  private static TrainedModel trained(AdaptedModel model) {
    return new TrainedModel(
        model.decoder(),
        model.getNDManager(),
        GradientCheckpointing.none(),
        steps -> new StepHooks(model.adapterSet().stepHooks(OptionalInt.of(steps))),
        path -> {},
        new ModelFacts("tiny", Optional.empty(), model.trainableParameters()),
        plan -> List.of());
  }

  /** What a run gave after each step. */
  private record Run(List<Double> losses, List<Integer> kept) {}

  private static Run train(LoraModel model, int steps) {
    Run run = new Run(new ArrayList<>(), new ArrayList<>());
    AdaptedModel adapted = (AdaptedModel) model;
    try (AdamW optimizer = AdamW.builder().learningRate(1e-2f).weightDecay(0.01f).build()) {
      FineTuningOptions options =
          FineTuner.builder().optimizer(optimizer).maxGradientNorm(0).silent().build().options();
      try (TrainingStep step = new TrainingStep(trained(adapted), options, steps)) {
        for (int number = 1; number <= steps; number++) {
          run.losses().add(step.make(number, List.of(batch())).loss());
          run.kept().add(singularValues(adapted));
        }
      }
    }
    return run;
  }

  private static int singularValues(AdaptedModel model) {
    int count = 0;
    for (Map.Entry<String, float[]> values : TinyTraining.trained(model).entrySet()) {
      if (values.getKey().contains(".lora_E.")) {
        for (float value : values.getValue()) {
          count += value == 0 ? 0 : 1;
        }
      }
    }
    return count;
  }

  @Test
  void twelveStepsAreThoseOfPeft() throws IOException {
    try (SafetensorsFile reference = reference();
        CausalLm base = TinyTraining.llama();
        LoraModel model = LoraModel.load(base, start(directory, config()))) {
      Run run = train(model, STEPS);

      float[] losses = reference.tensor("train_losses").toFloatArray();
      for (int step = 0; step < STEPS; step++) {
        assertEquals(losses[step], run.losses().get(step), 1e-5, "loss of step " + step);
      }
      List<Integer> kept = new ArrayList<>();
      run()
          .getAsJsonArray("nonzero_singular_values_after_each_step")
          .forEach(count -> kept.add(count.getAsInt()));
      assertEquals(kept, run.kept());
      assertEquals(expectedPattern(), config(model).rankPattern());
      TinyTraining.trained(model)
          .forEach(
              (name, values) ->
                  assertArrayEquals(
                      reference.tensor("final.base_model.model." + name).toFloatArray(),
                      values,
                      2e-5f,
                      name));
    }
  }

  private static AdaLoraConfig config(LoraModel model) {
    AdapterConfig config = model.adapters().get(LoraModel.DEFAULT_ADAPTER);
    return (AdaLoraConfig) config;
  }

  private static Map<String, List<Boolean>> expectedPattern() throws IOException {
    Map<String, List<Boolean>> pattern = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> entry : run().getAsJsonObject("rank_pattern").entrySet()) {
      List<Boolean> kept = new ArrayList<>();
      entry.getValue().getAsJsonArray().forEach(flag -> kept.add(flag.getAsBoolean()));
      pattern.put(entry.getKey().replace(".lora_E.default", ""), kept);
    }
    return pattern;
  }

  @Test
  void aSavedAdapterHoldsTheRanksThatAreLeftAndComputesTheSame() throws IOException {
    Path start = Files.createDirectory(directory.resolve("start"));
    Path saved = directory.resolve("saved");
    float[] logits;
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = LoraModel.load(base, start(start, config()))) {
      train(model, STEPS);
      logits = logits(model);
      model.saveAdapter(saved);
      model.merge();
      assertArrayEquals(logits, logits(model), 1e-5f);
      model.unmerge();
      model.disableAdapters();
      assertFalse(Arrays.equals(logits, logits(model)));
    }
    String module = "base_model.model.model.layers.%s.lora_%s";
    try (SafetensorsFile file = SafetensorsFile.open(saved.resolve("adapter_model.safetensors"))) {
      assertEquals(
          new Shape(3, 48), file.tensor(module.formatted("0.self_attn.q_proj", "A")).shape());
      assertEquals(
          new Shape(48, 0), file.tensor(module.formatted("1.self_attn.q_proj", "B")).shape());
      assertEquals(
          new Shape(5, 1), file.tensor(module.formatted("0.self_attn.v_proj", "E")).shape());
    }
    try (CausalLm base = TinyTraining.llama();
        LoraModel loaded = LoraModel.load(base, saved)) {
      assertArrayEquals(logits, logits(loaded), 1e-5f);
      assertEquals(expectedPattern(), config(loaded).rankPattern());
      assertEquals(STEPS, config(loaded).totalSteps().orElseThrow());
      Path again = directory.resolve("again");
      loaded.saveAdapter(again);
      assertEquals(
          -1,
          Files.mismatch(
              saved.resolve("adapter_model.safetensors"),
              again.resolve("adapter_model.safetensors")));
      Run more = train(loaded, 2);
      assertEquals(List.of(18, 18), more.kept());
      assertTrue(more.losses().get(1) < more.losses().get(0));
    }
  }

  private static float[] logits(LoraModel model) {
    AdaptedModel adapted = (AdaptedModel) model;
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDArray ids = scope.create(new long[] {5, 9, 11, 7, 30}, new Shape(1, 5));
      ParameterStore store = new ParameterStore(scope, false);
      return adapted
          .getBlock()
          .forward(store, new NDList(ids), false)
          .singletonOrThrow()
          .toFloatArray();
    }
  }

  @Test
  void nothingIsLeftOfATraining() {
    try (CausalLm base = TinyTraining.llama()) {
      try (LiveArrays live = new LiveArrays()) {
        try (LoraModel model = LoraModel.wrap(base, config())) {
          train(model, 6);
          long afterARun = live.count();
          train(model, 6);
          assertEquals(afterARun, live.count());
        }
        assertEquals(0, live.count());
      }
    }
  }

  @Test
  void aNewAdapterChangesNothingAndTrainsAllItsFactors() {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = LoraModel.wrap(base, config())) {
      float[] before = logits(model);
      model.disableAdapters();
      assertArrayEquals(before, logits(model));
      model.enableAdapters();
      assertEquals(18, ((AdaptedModel) model).decoder().trainableParameters().size());
      for (Parameter parameter : ((AdaptedModel) model).decoder().trainableParameters().values()) {
        assertTrue(parameter.requiresGradient());
      }
    }
  }

  @Test
  void aRunTooShortForItsScheduleIsRefused() {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = LoraModel.wrap(base, config())) {
      ConfigurationException e =
          assertThrows(
              ConfigurationException.class,
              () -> TinyTraining.tuner().maxSteps(5).build().fit(model, TinyTraining.data()));
      assertEquals(
          "AdaLoraConfig: of 5 totalSteps, tinit 2 and tfinal 3 leave none for the allocation;"
              + " lower them, or train longer",
          e.getMessage());
    }
  }
}
