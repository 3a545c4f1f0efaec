// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.PrefixTuningConfig;
import io.github.lora4j.PromptEncoderConfig;
import io.github.lora4j.PromptEncoderType;
import io.github.lora4j.PromptInitialization;
import io.github.lora4j.PromptTuningConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The tiny checkpoints among the test resources, and what tests ask of them. */
final class TinyModels {
  static final Path RESOURCES = Path.of("src/test/resources");
  static final Path GOLDEN = RESOURCES.resolve("golden/models");
  static final Path SAMPLES = RESOURCES.resolve("samples");
  static final Path LLAMA = GOLDEN.resolve("llama");
  static final Path TIED_LLAMA = GOLDEN.resolve("llama3-tied-scaled");
  static final Path BLOOM = GOLDEN.resolve("bloom");

  private static final long[] IDS = {5, 9, 11, 7, 30, 3, 3, 8, 4, 60};
  private static final long[] MASK = {1, 1, 1, 1, 1, 0, 0, 1, 1, 1};

  private TinyModels() {}

  static Stream<Path> checkpoints() {
    return Stream.concat(
        Stream.of(BLOOM, LLAMA, TIED_LLAMA),
        Stream.of(
                "falcon", "gemma2", "gpt2", "gpt_neox", "mistral", "opt", "phi3", "qwen2", "qwen3")
            .map(GOLDEN::resolve));
  }

  static Stream<Path> goldenAdapters() {
    return adaptersBelow(GOLDEN);
  }

  /** Those that compute the same when merged: of a tied table, merging changes the head too. */
  static Stream<Path> mergeableAdapters() {
    return adapters().filter(adapter -> !adapter.equals(TIED_LLAMA.resolve("adapters/embedding")));
  }

  /** Without those whose start is computed from the base's weights, which quantising changes. */
  static Stream<Path> goldenAdaptersThatStartAnywhere() {
    return goldenAdapters().filter(adapter -> !startsAsTheBase(adapter));
  }

  /** Whether an untrained adapter takes off the base what it adds, as PiSSA and OLoRA do. */
  static boolean startsAsTheBase(Path adapter) {
    return adapter.endsWith("pissa") || adapter.endsWith("olora");
  }

  /** Every adapter, the golden ones and the samples. */
  static Stream<Path> adapters() {
    return Stream.concat(goldenAdapters(), adaptersBelow(SAMPLES));
  }

  /** Adapters that are no LoRA; the directory above each is named as its checkpoint. */
  static Stream<Path> otherAdapters() {
    return adaptersBelow(RESOURCES.resolve("families"));
  }

  private static Stream<Path> adaptersBelow(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.endsWith("adapter_config.json"))
          .map(Path::getParent)
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CheckpointModel load(Path directory) {
    return (CheckpointModel) HuggingFaceModel.load(directory);
  }

  static CheckpointModel baseOf(Path adapter) {
    return load(adapter.getParent().getParent());
  }

  /** A configuration whose B is not zero, so that the adapter changes what the model computes. */
  static LoraConfigBuilder random(String... targets) {
    return LoraConfig.builder()
        .rank(3)
        .alpha(6)
        .targetModules(targets)
        .initialization(Initialization.RANDOM);
  }

  /** Adapters that are no LoRA, a kind at least once; each changes what the model computes. */
  static Stream<AdapterConfig> otherKinds() {
    return Stream.of(
        Ia3Config.builder().initIa3Weights(false).build(),
        PromptTuningConfig.builder().numVirtualTokens(3).build(),
        PromptTuningConfig.builder()
            .numVirtualTokens(3)
            .initialization(new PromptInitialization.SampleVocabulary())
            .build(),
        PrefixTuningConfig.builder().numVirtualTokens(4).build(),
        PrefixTuningConfig.builder()
            .numVirtualTokens(4)
            .prefixProjection(true)
            .encoderHiddenSize(7)
            .build(),
        PromptEncoderConfig.builder().numVirtualTokens(5).encoderHiddenSize(9).build(),
        PromptEncoderConfig.builder()
            .numVirtualTokens(5)
            .encoderType(PromptEncoderType.LSTM)
            .encoderHiddenSize(9)
            .build());
  }

  /** Logits of two sequences, the second left padded by 2. */
  static float[] logits(Model model) {
    try (NDManager scope = model.getNDManager().newSubManager()) {
      return forward(model, scope, batch(scope)).toFloatArray();
    }
  }

  static NDList batch(NDManager manager) {
    return new NDList(manager.create(IDS, new Shape(2, 5)), manager.create(MASK, new Shape(2, 5)));
  }

  static NDArray forward(Model model, NDManager manager, NDList batch) {
    ParameterStore store = new ParameterStore(manager, false);
    return model.getBlock().forward(store, batch, false).singletonOrThrow();
  }

  /** The base's own weights by name, copied. */
  static Map<String, float[]> weights(DecoderModel model) {
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (Pair<String, Parameter> pair : model.decoder().baseParameters()) {
      weights.put(pair.getKey(), pair.getValue().getArray().toFloatArray());
    }
    return weights;
  }

  static void assertSameWeights(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(List.copyOf(expected.keySet()), List.copyOf(actual.keySet()));
    expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
  }

  static double maxDifference(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    double worst = 0;
    for (int i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs((double) a[i] - b[i]));
    }
    return worst;
  }

  /** Arrays alive below a manager. */
  static int arrays(NDManager manager) {
    return manager.getManagedArrays().size();
  }
}
