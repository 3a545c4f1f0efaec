// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.engine.Engine;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tiny models and data for the tests of training. */
final class TinyTraining {
  static final Path MODELS = Path.of("src/test/resources/golden/models");
  static final Path LLAMA = MODELS.resolve("llama");
  static final Path BLOOM = MODELS.resolve("bloom");

  /** The rows of torch_run.py. */
  static final List<PromptCompletion> ROWS =
      List.of(
          new PromptCompletion("name a bird", " crow"),
          new PromptCompletion("two and two", " make four, so they say"),
          new PromptCompletion("a", " b c d"),
          new PromptCompletion("who are you?", " nobody"),
          new PromptCompletion("end", " of the story and of this row, which is the longest one"));

  private TinyTraining() {}

  static InstructionDataset data() {
    return data(ROWS);
  }

  static InstructionDataset data(List<PromptCompletion> rows) {
    return InstructionDataset.of(rows, new CharacterTokenizer()).build();
  }

  static CausalLm llama() {
    return HuggingFaceModel.load(LLAMA);
  }

  /** An adapter that starts with the same random A each time. */
  static LoraModel wrap(CausalLm base, double dropout) {
    Engine.getEngine("PyTorch").setRandomSeed(7);
    return LoraModel.wrap(
        base, LoraConfig.builder().rank(4).alpha(8).dropout(dropout).allLinear().build());
  }

  static FineTunerBuilder tuner() {
    return FineTuner.builder().learningRate(5e-3f).silent();
  }

  /** The values of all parameters. */
  static Map<String, float[]> parameters(CausalLm model) {
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Pair<String, Parameter> pair : ((DecoderModel) model).decoder().parameters()) {
      values.put(pair.getKey(), pair.getValue().getArray().toFloatArray());
    }
    return values;
  }

  /** The values of what trains. */
  static Map<String, float[]> trained(CausalLm model) {
    Map<String, float[]> values = new LinkedHashMap<>();
    ((DecoderModel) model)
        .decoder()
        .trainableParameters()
        .forEach((name, parameter) -> values.put(name, parameter.getArray().toFloatArray()));
    return values;
  }

  static void assertEqualValues(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertCloseValues(expected, actual, 0);
  }

  /** A tolerance of 0 asks for equal bits. */
  static void assertCloseValues(
      Map<String, float[]> expected, Map<String, float[]> actual, float tolerance) {
    assertFalse(expected.isEmpty());
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, values) -> {
          if (tolerance == 0) {
            assertArrayEquals(values, actual.get(name), name);
          } else {
            assertArrayEquals(values, actual.get(name), tolerance, name);
          }
        });
  }

  /** The golden llama with five layers, its two layers by turns. */
  static Path fiveLayers(Path directory) throws IOException {
    JsonObject config =
        JsonParser.parseString(Files.readString(LLAMA.resolve("config.json"))).getAsJsonObject();
    config.addProperty("num_hidden_layers", 5);
    Files.writeString(directory.resolve("config.json"), config.toString());
    try (SafetensorsFile file = SafetensorsFile.open(LLAMA.resolve("model.safetensors"))) {
      List<TensorEntry> entries = new ArrayList<>();
      for (String name : file.names()) {
        if (!name.startsWith("model.layers.")) {
          entries.add(TensorEntry.of(file.tensor(name)));
          continue;
        }
        for (int layer = 0; layer < 5; layer++) {
          if (name.startsWith("model.layers." + layer % 2)) {
            String copy = name.replaceFirst("layers\\.\\d", "layers." + layer);
            entries.add(TensorEntry.of(copy, file.tensor(name)));
          }
        }
      }
      SafetensorsWriter.write(directory.resolve("model.safetensors"), entries);
    }
    return directory;
  }
}
