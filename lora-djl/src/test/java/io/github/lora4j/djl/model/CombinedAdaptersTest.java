// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.combine.CombinationType;
import io.github.lora4j.combine.MajoritySign;
import io.github.lora4j.combine.WeightedCombination;
import io.github.lora4j.combine.WeightedCombinationBuilder;
import io.github.lora4j.djl.format.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters combined into one, against PEFT's {@code add_weighted_adapter}. */
class CombinedAdaptersTest {
  private static final Path ADAPTERS = TinyModels.LLAMA.resolve("adapters");
  private static final Path GOLDEN = TinyModels.RESOURCES.resolve("mixed");

  private CheckpointModel base;
  private LoraModel model;

  @BeforeEach
  void load() {
    base = TinyModels.load(TinyModels.LLAMA);
    model = LoraModel.load(base, ADAPTERS.resolve("default"));
    for (String name : List.of("all-linear", "rslora", "patterns")) {
      model.loadAdapter(name, ADAPTERS.resolve(name));
    }
  }

  @AfterEach
  void close() {
    model.close();
    base.close();
  }

  private static JsonObject cases() throws IOException {
    return JsonParser.parseString(Files.readString(GOLDEN.resolve("combined.json")))
        .getAsJsonObject();
  }

  static Stream<String> names() throws IOException {
    return cases().keySet().stream();
  }

  /** A configuration in the words of PEFT's arguments. */
  private static WeightedCombination combination(JsonObject peft) {
    WeightedCombinationBuilder builder = WeightedCombination.builder();
    JsonArray adapters = peft.getAsJsonArray("adapters");
    JsonArray weights = peft.getAsJsonArray("weights");
    for (int i = 0; i < adapters.size(); i++) {
      builder.adapter(adapters.get(i).getAsString(), weights.get(i).getAsDouble());
    }
    String type = peft.get("combination_type").getAsString();
    builder.type(CombinationType.valueOf(type.toUpperCase(Locale.ROOT)));
    if (peft.has("density")) {
      builder.density(peft.get("density").getAsDouble());
    }
    if (peft.has("majority_sign_method")) {
      String method = peft.get("majority_sign_method").getAsString();
      builder.majoritySign(MajoritySign.valueOf(method.toUpperCase(Locale.ROOT)));
    }
    if (peft.has("svd_rank")) {
      builder.svdRank(peft.get("svd_rank").getAsInt());
    }
    if (peft.has("svd_clamp")) {
      builder.svdClamp(peft.get("svd_clamp").getAsDouble());
    }
    return builder.build();
  }

  @ParameterizedTest
  @MethodSource("names")
  void aCombinationIsPefts(String name) throws IOException {
    model.addWeightedAdapter("combined", combination(cases().getAsJsonObject(name)));
    assertEquals(List.of("default"), model.activeAdapters());
    model.setActiveAdapter("combined");
    try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN.resolve("combined.safetensors"));
        NDManager scope = base.getNDManager().newSubManager()) {
      List<String> changes =
          golden.names().stream().filter(n -> n.startsWith(name + ".model.")).toList();
      assertEquals(2, changes.size());
      for (String change : changes) {
        String module = change.substring(name.length() + 1);
        NDArray actual =
            base.decoder()
                .module(module)
                .lora()
                .orElseThrow()
                .adapters()
                .get("combined")
                .delta(scope);
        float[] expected = golden.tensor(change).toFloat32(scope).toFloatArray();
        assertEquals(0, TinyModels.maxDifference(expected, actual.toFloatArray()), 2e-6, module);
      }
      float[] expected = golden.tensor(name + ".logits").toFloat32(scope).toFloatArray();
      NDList batch = new NDList(golden.tensor("input_ids").toNDArray(scope));
      NDArray logits = TinyModels.forward(model, scope, batch);
      float[] last = logits.get(":, -1").toFloatArray();
      assertEquals(0, TinyModels.maxDifference(expected, last), 1e-5);
    }
  }

  private static WeightedCombinationBuilder both() {
    return WeightedCombination.builder().adapter("default", 0.5).adapter("all-linear", 0.25);
  }

  @Test
  void aCombinationIsSavedAndLoadedAsAnyAdapter(@TempDir Path directory) {
    model.addWeightedAdapter("combined", both().type(CombinationType.CAT).build());
    model.saveAdapter("combined", directory);
    model.setActiveAdapter("combined");
    float[] expected = TinyModels.logits(model);
    model.loadAdapter("again", directory);
    model.setActiveAdapter("again");
    assertArrayEquals(expected, TinyModels.logits(model));
    model.deleteAdapter("again");
    assertEquals(List.of(), model.activeAdapters());
  }

  @Test
  void aCombinationByChanceComesFromTheEnginesGenerator() {
    WeightedCombination half = both().type(CombinationType.DARE_LINEAR).density(0.5).build();
    List<float[]> results = new ArrayList<>();
    for (int seed : new int[] {7, 7, 8}) {
      base.getNDManager().getEngine().setRandomSeed(seed);
      model.addWeightedAdapter("dare", half);
      model.setActiveAdapter("dare");
      results.add(TinyModels.logits(model));
      model.deleteAdapter("dare");
    }
    assertArrayEquals(results.get(0), results.get(1));
    assertTrue(TinyModels.maxDifference(results.get(0), results.get(2)) > 1e-3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"modules_to_save", "dora", "pissa"})
  void whatIsMoreThanFactorsIsRefused(String name) {
    model.loadAdapter("more", ADAPTERS.resolve(name));
    refused(
        "adapter \"more\" is more than low-rank factors",
        WeightedCombination.builder().adapter("default", 1).adapter("more", 1).build());
  }

  @Test
  void adaptersThatCannotBeCombinedAreRefusedAndNothingIsLeft() {
    int arrays = Arrays.hashCode(TinyModels.logits(model));
    refused("no adapter \"x\"", WeightedCombination.builder().adapter("x", 1).build());
    refused(
        "must have one rank",
        WeightedCombination.builder().adapter("default", 1).adapter("patterns", 1).build());
    model.addWeightedAdapter("combined", both().build());
    refused("exists already", both().build());
    model.deleteAdapter("combined");
    assertEquals(arrays, Arrays.hashCode(TinyModels.logits(model)));
  }

  @Test
  void nothingIsLeftBehind() {
    model.addWeightedAdapter("combined", both().type(CombinationType.SVD).build());
    model.deleteAdapter("combined");
    try (LiveArrays live = new LiveArrays()) {
      model.addWeightedAdapter("combined", both().type(CombinationType.SVD).build());
      model.deleteAdapter("combined");
      assertEquals(0, live.count());
      assertTrue(live.made() > 10);
    }
  }

  private void refused(String part, WeightedCombination combination) {
    String message =
        assertThrows(
                ConfigurationException.class,
                () -> model.addWeightedAdapter("combined", combination))
            .getMessage();
    assertTrue(message.contains(part), message);
  }
}
