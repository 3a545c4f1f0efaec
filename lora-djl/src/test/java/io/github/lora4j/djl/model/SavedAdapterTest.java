// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SavedAdapterTest {
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String CONFIG = "adapter_config.json";

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void aSavedAdapterComputesTheSameOnAFreshBase(Path checkpoint) {
    float[] expected;
    try (CheckpointModel base = TinyModels.load(checkpoint);
        LoraModel model = LoraModel.wrap(base, allLinearAndHead(base))) {
      expected = TinyModels.logits(model);
      model.saveAdapter(directory);
    }
    try (CheckpointModel fresh = TinyModels.load(checkpoint);
        LoraModel loaded = LoraModel.load(fresh, directory)) {
      assertArrayEquals(expected, TinyModels.logits(loaded));
    }
  }

  private static LoraConfig allLinearAndHead(CheckpointModel base) {
    String head = base.decoder().head().name();
    return TinyModels.random().allLinear().modulesToSave(head).build();
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#adapters")
  void anAdapterOfPeftIsSavedAsPeftSavedIt(Path adapter) throws IOException {
    try (CheckpointModel base = TinyModels.baseOf(adapter);
        LoraModel model = LoraModel.load(base, adapter)) {
      model.saveAdapter(directory);
    }
    assertSameTensors(adapter.resolve(WEIGHTS), directory.resolve(WEIGHTS));
    assertEquals(config(adapter), config(directory));
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherAdapters")
  void anAdapterOfAnotherKindIsSavedAsItWasLoaded(Path adapter) throws IOException {
    Path checkpoint = TinyModels.GOLDEN.resolve(adapter.getParent().getFileName());
    try (CheckpointModel base = TinyModels.load(checkpoint);
        LoraModel model = LoraModel.load(base, adapter)) {
      model.saveAdapter(directory);
    }
    assertSameTensors(adapter.resolve(WEIGHTS), directory.resolve(WEIGHTS));
    assertEquals(config(adapter), config(directory));
  }

  private static void assertSameTensors(Path expected, Path actual) {
    try (SafetensorsFile theirs = SafetensorsFile.open(expected);
        SafetensorsFile ours = SafetensorsFile.open(actual)) {
      assertEquals(new TreeSet<>(theirs.names()), new TreeSet<>(ours.names()));
      assertEquals(new TreeMap<>(theirs.metadata()), new TreeMap<>(ours.metadata()));
      for (String name : theirs.names()) {
        StoredTensor a = theirs.tensor(name);
        StoredTensor b = ours.tensor(name);
        assertEquals(a.type(), b.type(), name);
        assertEquals(a.shape(), b.shape(), name);
        assertArrayEquals(a.toFloatArray(), b.toFloatArray(), name);
      }
    }
  }

  /** The targets are a set in PEFT, written in any order; the version is the writer's own. */
  private static JsonObject config(Path adapter) throws IOException {
    String text = Files.readString(adapter.resolve(CONFIG));
    JsonObject json = JsonParser.parseString(text).getAsJsonObject();
    json.remove("peft_version");
    if (json.has("target_modules") && json.get("target_modules").isJsonArray()) {
      List<JsonElement> targets = new ArrayList<>(json.getAsJsonArray("target_modules").asList());
      targets.sort(Comparator.comparing(JsonElement::getAsString));
      JsonArray sorted = new JsonArray();
      targets.forEach(sorted::add);
      json.add("target_modules", sorted);
    }
    return json;
  }
}
