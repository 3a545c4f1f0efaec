// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WhatTrainsTest {
  static Stream<Arguments> choices() {
    Predicate<String> everything = name -> true;
    Predicate<String> llamaLast =
        name -> name.matches("model\\.layers\\.1\\..*|model\\.norm\\..*|lm_head\\..*");
    Predicate<String> bloomLast =
        name ->
            name.matches("transformer\\.h\\.1\\..*|transformer\\.ln_f\\..*")
                || name.equals("transformer.word_embeddings.weight");
    return Stream.of(
        Arguments.of(TinyTraining.LLAMA, TrainableModules.all(), everything),
        Arguments.of(TinyTraining.BLOOM, TrainableModules.all(), everything),
        Arguments.of(TinyTraining.LLAMA, TrainableModules.lastLayers(1), llamaLast),
        Arguments.of(TinyTraining.BLOOM, TrainableModules.lastLayers(1), bloomLast),
        Arguments.of(
            TinyTraining.LLAMA,
            TrainableModules.head(),
            (Predicate<String>) "lm_head.weight"::equals),
        Arguments.of(
            TinyTraining.BLOOM,
            TrainableModules.head(),
            (Predicate<String>) "transformer.word_embeddings.weight"::equals));
  }

  @ParameterizedTest
  @MethodSource("choices")
  void exactlyWhatWasChosenChanges(
      Path checkpoint, TrainableModules modules, Predicate<String> chosen) {
    try (CausalLm model = HuggingFaceModel.load(checkpoint)) {
      model.train(modules);
      Map<String, float[]> before = TinyTraining.parameters(model);
      fit(model);
      Set<String> expected = new TreeSet<>(before.keySet());
      expected.removeIf(chosen.negate());
      assertEquals(expected, changed(before, TinyTraining.parameters(model)));
    }
  }

  @Test
  void anAdapterTrainsAloneAndInFull() {
    try (CausalLm base = HuggingFaceModel.load(TinyTraining.BLOOM);
        LoraModel model = TinyTraining.wrap(base, 0)) {
      Map<String, float[]> before = TinyTraining.parameters(model);
      fit(model);
      assertEquals(
          new TreeSet<>(TinyTraining.trained(model).keySet()),
          changed(before, TinyTraining.parameters(model)));
    }
  }

  private static void fit(CausalLm model) {
    TinyTraining.tuner().epochs(2).batchSize(5).build().fit(model, TinyTraining.data());
  }

  private static Set<String> changed(Map<String, float[]> before, Map<String, float[]> after) {
    Set<String> names = new TreeSet<>(after.keySet());
    names.removeIf(name -> Arrays.equals(before.get(name), after.get(name)));
    return names;
  }
}
