// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.TestResources;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.peft.PeftNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What PEFT 0.21 did with each config: {@code src/test/python/peft_reference.py}. */
class PeftReferenceTest {
  private static final JsonObject REFERENCE = TestResources.json("peft/reference.json");

  static Stream<Arguments> accepted() {
    return cases(peft -> !peft.has("error"));
  }

  static Stream<Arguments> refused() {
    return cases(peft -> peft.has("error"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("accepted")
  void modulesRanksAndScalingsArePefts(String model, String name, JsonObject row) {
    Map<String, List<Double>> expected = new LinkedHashMap<>();
    peft(row)
        .getAsJsonObject("adapted")
        .entrySet()
        .forEach(entry -> expected.put(entry.getKey(), numbers(entry.getValue())));

    Map<String, List<Double>> actual = new LinkedHashMap<>();
    plan(row)
        .adapted()
        .forEach(m -> actual.put(m.name(), List.of((double) m.rank(), m.alpha(), m.scaling())));

    assertEquals(new ArrayList<>(expected.keySet()), new ArrayList<>(actual.keySet()));
    assertEquals(expected, actual);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("accepted")
  void modulesSavedInFullArePefts(String model, String name, JsonObject row) {
    assertEquals(TestResources.strings(peft(row).get("saved")), plan(row).savedNames());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("accepted")
  void trainableParametersArePefts(String model, String name, JsonObject row) {
    AdaptationPlan plan = plan(row);
    List<String> names =
        plan.trainedTensors().stream()
            .map(
                tensor ->
                    PeftNames.memoryName(tensor, PeftNames.DEFAULT_ADAPTER, plan.savedNames()))
            .toList();

    assertEquals(sorted(TestResources.strings(peft(row).get("trainable"))), sorted(names));
    assertEquals(names.size(), Set.copyOf(names).size());
    assertEquals(peft(row).get("trainable_parameters").getAsLong(), plan.trainableParameters());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("accepted")
  void tensorsOfTheFileArePefts(String model, String name, JsonObject row) {
    List<String> names = plan(row).storedTensors().stream().map(PeftNames::fileName).toList();
    // PEFT stores biases of modules_to_save twice more; see PeftNames.index.
    Set<String> expected =
        new TreeSet<>(PeftNames.index(TestResources.strings(peft(row).get("file")), name).values());

    assertEquals(expected, sorted(names));
    assertEquals(names.size(), Set.copyOf(names).size());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("accepted")
  void storedConfigIsPefts(String model, String name, JsonObject row) {
    LoraConfig stored = plan(row).config();
    JsonElement targets = peft(row).get("target_modules");

    assertEquals(
        targets.isJsonArray() ? sorted(TestResources.strings(targets)) : targets.getAsString(),
        stored.targetModules() instanceof ModuleSelector.Names names
            ? sorted(names.names())
            : ((ModuleSelector.Regex) stored.targetModules()).expression());
    JsonElement saved = peft(row).get("modules_to_save");
    assertEquals(
        saved.isJsonNull() ? List.of() : TestResources.strings(saved), stored.modulesToSave());
    assertEquals(peft(row).get("fan_in_fan_out").getAsBoolean(), stored.fanInFanOut());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("accepted")
  void storedConfigAdaptsTheSameModules(String model, String name, JsonObject row) {
    AdaptationPlan plan = plan(row);
    AdaptationPlan again = TargetResolver.plan(plan.config(), modules(row), List.of());

    assertEquals(plan.adapted(), again.adapted());
    assertEquals(plan.config(), again.config());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("refused")
  void whatPeftRefusesIsRefused(String model, String name, JsonObject row) {
    ConfigurationException e = assertThrows(ConfigurationException.class, () -> plan(row));

    assertTrue(e.getMessage().startsWith("target_modules "), e.getMessage());
  }

  private static Stream<Arguments> cases(Predicate<JsonObject> filter) {
    return REFERENCE.getAsJsonArray("cases").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .filter(row -> filter.test(peft(row)))
        .map(row -> arguments(row.get("model").getAsString(), row.get("name").getAsString(), row));
  }

  private static AdaptationPlan plan(JsonObject row) {
    JsonObject config = row.getAsJsonObject("config").deepCopy();
    config.addProperty("peft_type", "LORA");
    if (!config.has("task_type")) {
      config.addProperty("task_type", "CAUSAL_LM");
    }
    return TargetResolver.plan(
        (LoraConfig) PeftConfigJson.parse(config.toString(), "reference"),
        modules(row),
        TestResources.strings(model(row).get("default_targets")));
  }

  private static List<AdaptableModule> modules(JsonObject row) {
    return model(row).getAsJsonArray("modules").asList().stream()
        .map(module -> module(module.getAsJsonArray()))
        .toList();
  }

  private static AdaptableModule module(JsonArray row) {
    return new AdaptableModule(
        row.get(0).getAsString(),
        AdaptableModule.Kind.valueOf(row.get(1).getAsString()),
        row.get(2).getAsBoolean(),
        row.get(3).getAsInt(),
        row.get(4).getAsInt(),
        row.get(5).getAsBoolean());
  }

  private static JsonObject model(JsonObject row) {
    return REFERENCE.getAsJsonObject("models").getAsJsonObject(row.get("model").getAsString());
  }

  private static JsonObject peft(JsonObject row) {
    return row.getAsJsonObject("peft");
  }

  private static List<Double> numbers(JsonElement array) {
    return array.getAsJsonArray().asList().stream()
        .map(JsonElement::getAsDouble)
        .collect(Collectors.toList());
  }

  private static Set<String> sorted(List<String> names) {
    return new TreeSet<>(names);
  }
}
