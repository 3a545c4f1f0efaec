// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.Bias;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows of one batch whose adapters have modules, biases and rows of tables of their own. */
class MixedPartsTest {
  private static final long[] ROW = {5, 9, 11, 7, 30, 3, 8};
  private static final int[] FIRST = {5, 9, 11};
  private static final int[] SECOND = {7, 60, 8};
  private static final GenerationConfig CONFIG =
      GenerationConfig.builder().maxNewTokens(8).ignoreEndOfSequence(true).build();

  static Stream<Path> checkpoints() {
    return Stream.of(
            "llama", "llama3-tied-scaled", "bloom", "gpt2", "opt", "qwen2", "qwen3", "gemma2")
        .map(TinyModels.GOLDEN::resolve);
  }

  /** What the adapters are besides low-rank factors. */
  private static Map<String, LoraConfig> configs(CheckpointModel base) {
    List<String> defaults = base.architecture().defaultTargets();
    LoraConfigBuilder plain = TinyModels.random(defaults.toArray(String[]::new));
    Map<String, LoraConfig> configs = new LinkedHashMap<>();
    configs.put("plain", plain.build());
    configs.put("norms", plain.modulesToSave("norm", "ln_f", "layernorm").build());
    configs.put("head", plain.modulesToSave("lm_head").build());
    configs.put("biases", plain.modulesToSave().bias(Bias.ALL).build());
    configs.put("rows", plain.bias(Bias.NONE).trainableTokenIndices(9, 5, 60).build());
    return configs;
  }

  private static void add(LoraModel model, Map<String, LoraConfig> configs) {
    AdaptedModel adapted = (AdaptedModel) model;
    configs.forEach(
        (name, config) -> {
          if (!name.equals("plain")) {
            model.addAdapter(name, config);
          }
          adapted
              .adapterSet()
              .get(name.equals("plain") ? "default" : name)
              .trained()
              .values()
              .stream()
              .map(Parameter::getArray)
              .forEach(array -> shift(adapted, array));
        });
  }

  /** No value stays as the base has it. */
  private static void shift(AdaptedModel model, NDArray array) {
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDArray values = scope.create(array.toFloatArray(), array.getShape());
      NDArray noise = scope.randomNormal(array.getShape()).muli(0.1f);
      model.decoder().ops().copyInto().apply(array, values.addi(noise)).close();
    }
  }

  private static List<String> names(Map<String, LoraConfig> configs) {
    List<String> names = new ArrayList<>(List.of("biases", LoraModel.BASE));
    names.addAll(configs.keySet());
    names.replaceAll(name -> name.equals("plain") ? "default" : name);
    return names;
  }

  private static float[] logits(CausalLm model, NDManager scope, int rows) {
    long[] ids = new long[rows * ROW.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = ROW[(i + i / ROW.length) % ROW.length];
    }
    NDArray input = scope.create(ids, new Shape(rows, ROW.length));
    return TinyModels.forward(model, scope, new NDList(input)).toFloatArray();
  }

  private static void use(LoraModel model, String name) {
    if (name.equals(LoraModel.BASE)) {
      model.disableAdapters();
    } else {
      model.setActiveAdapter(name);
    }
  }

  private static void assertRowsAreThoseOfAdaptersAlone(CheckpointModel base) {
    Map<String, LoraConfig> configs = configs(base);
    try (LoraModel model = LoraModel.wrap(base, configs.get("plain"));
        NDManager scope = base.getNDManager().newSubManager()) {
      add(model, configs);
      List<String> names = names(configs);
      for (String active : List.of("default", "head", "biases", "rows")) {
        model.setActiveAdapter(active);
        float[] together;
        try (CausalLm mixed = model.forAdapters(names)) {
          together = logits(mixed, scope, names.size());
        }
        int row = together.length / names.size();
        for (int i = 0; i < names.size(); i++) {
          use(model, names.get(i));
          float[] alone = logits(model, scope, names.size());
          assertEquals(
              0,
              TinyModels.maxDifference(
                  Arrays.copyOfRange(alone, i * row, (i + 1) * row),
                  Arrays.copyOfRange(together, i * row, (i + 1) * row)),
              2e-5,
              names.get(i) + " while " + active + " is active");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aRowComputesWhatItsAdapterComputesAlone(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      assertRowsAreThoseOfAdaptersAlone(base);
    }
  }

  @Test
  void soItIsOverAQuantisedBase() {
    LoadOptions options = LoadOptions.builder().quantization(Quantization.nf4()).build();
    try (CheckpointModel base =
        (CheckpointModel) HuggingFaceModel.load(TinyModels.BLOOM, options)) {
      assertRowsAreThoseOfAdaptersAlone(base);
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aSequenceIsGeneratedAsItsAdapterGeneratesIt(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      Map<String, LoraConfig> configs = configs(base);
      try (LoraModel model = LoraModel.wrap(base, configs.get("plain"))) {
        add(model, configs);
        List<String> names = names(configs);
        List<int[]> prompts = names.stream().map(name -> new int[] {5, 9, name.length()}).toList();
        List<int[]> together;
        try (CausalLm mixed = model.forAdapters(names)) {
          together = mixed.generateTokens(prompts, CONFIG);
        }
        for (int i = 0; i < names.size(); i++) {
          use(model, names.get(i));
          int[] alone = model.generateTokens(List.of(prompts.get(i)), CONFIG).get(0);
          assertArrayEquals(alone, together.get(i), names.get(i));
        }
      }
    }
  }

  /** Rows that ask for the active adapter by name train it as a whole batch of it does. */
  @ParameterizedTest
  @MethodSource("checkpoints")
  void namedRowsTrainAsWholeBatchesDo(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      Map<String, LoraConfig> configs = configs(base);
      try (AdaptedModel model = (AdaptedModel) LoraModel.wrap(base, configs.get("plain"));
          NDManager scope = base.getNDManager().newSubManager()) {
        add(model, configs);
        for (String name : List.of("norms", "head", "biases", "rows")) {
          model.setActiveAdapter(name);
          RaggedBatch both = RaggedBatch.of(List.of(FIRST, SECOND));
          RaggedBatch first = RaggedBatch.of(List.of(FIRST));
          assertSameGradients(model, both, both, List.of(name, name), name, scope);
          assertSameGradients(model, first, both, List.of(name, LoraModel.BASE), name, scope);
        }
      }
    }
  }

  private static void assertSameGradients(
      AdaptedModel model,
      RaggedBatch whole,
      RaggedBatch mixed,
      List<String> adapters,
      String active,
      NDManager scope) {
    RaggedBatch named = mixed.with(model.adapterSet().rows(adapters));
    Map<String, float[]> expected = gradients(model, whole, scope);
    Map<String, float[]> actual = gradients(model, named, scope);
    expected.forEach(
        (parameter, values) ->
            assertArrayEquals(values, actual.get(parameter), 1e-4f, active + " " + parameter));
    assertTrue(expected.values().stream().anyMatch(MixedPartsTest::isNotZero));
  }

  private static boolean isNotZero(float[] values) {
    return TinyModels.maxDifference(new float[values.length], values) > 0;
  }

  private static Map<String, float[]> gradients(
      AdaptedModel model, RaggedBatch batch, NDManager scope) {
    GradientEngine engine =
        GradientEngine.withoutDropout(model.decoder(), GradientCheckpointing.everyLayer());
    long[] labels = Arrays.stream(batch.tokenIds()).asLongStream().toArray();
    engine.accumulate(scope, batch, labels, 1);
    Map<String, float[]> gradients = new LinkedHashMap<>();
    engine
        .trainable()
        .forEach(
            (name, parameter) -> {
              try (NDArray gradient = GradientEngine.gradient(parameter)) {
                gradients.put(name, gradient.toFloatArray());
              }
            });
    engine.zeroGradients();
    return gradients;
  }

  @Test
  void aRenamedAdapterIsFoundAndADeletedOneIsGone() {
    try (CheckpointModel base = TinyModels.load(TinyModels.BLOOM)) {
      Map<String, LoraConfig> configs = configs(base);
      try (LoraModel model = LoraModel.wrap(base, configs.get("plain"));
          NDManager scope = base.getNDManager().newSubManager()) {
        add(model, configs);
        List<String> before = List.of("biases", "head", "rows");
        float[] expected;
        try (CausalLm mixed = model.forAdapters(before)) {
          expected = logits(mixed, scope, 3);
        }
        before.forEach(name -> model.renameAdapter(name, name + "2"));
        try (CausalLm mixed = model.forAdapters(List.of("biases2", "head2", "rows2"))) {
          assertArrayEquals(expected, logits(mixed, scope, 3));
        }
        before.forEach(name -> model.deleteAdapter(name + "2"));
        model.addAdapter("head2", configs.get("plain"));
        try (CausalLm mixed = model.forAdapters(List.of("head2", "head2", "default"))) {
          assertTrue(TinyModels.maxDifference(expected, logits(mixed, scope, 3)) > 1e-3);
        }
      }
    }
  }

  @Test
  void nothingIsLeftBehind() {
    try (CheckpointModel base = TinyModels.load(TinyModels.BLOOM)) {
      Map<String, LoraConfig> configs = configs(base);
      try (LoraModel model = LoraModel.wrap(base, configs.get("plain"));
          CausalLm mixed = model.forAdapters(addAll(model, configs))) {
        int rows = names(configs).size();
        try (NDManager first = base.getNDManager().newSubManager()) {
          logits(mixed, first, rows); // compiles the operators
        }
        try (LiveArrays live = new LiveArrays()) {
          try (NDManager work = base.getNDManager().newSubManager()) {
            logits(mixed, work, rows);
          }
          assertEquals(0, live.count());
          assertTrue(live.made() > 10);
        }
      }
    }
  }

  private static List<String> addAll(LoraModel model, Map<String, LoraConfig> configs) {
    add(model, configs);
    return names(configs);
  }
}
