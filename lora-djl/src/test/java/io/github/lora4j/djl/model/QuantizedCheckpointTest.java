// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoadOptionsBuilder;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.quant.Quantization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints in four bits, as transformers saves them. */
class QuantizedCheckpointTest {
  private static final Path QLORA = TinyModels.RESOURCES.resolve("golden/qlora");
  private static final Path LLAMA = QLORA.resolve("llama/prequantized");

  @TempDir private Path directory;

  private static CheckpointModel load(Path checkpoint, LoadOptionsBuilder options) {
    return (CheckpointModel) HuggingFaceModel.load(checkpoint, options.build());
  }

  private static LoadOptionsBuilder quantizing(String name) {
    return LoadOptions.builder().quantization(Quantization.parse(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "bloom"})
  void savingWritesWhatTransformersWrote(String name) {
    Path theirs = QLORA.resolve(name).resolve("prequantized");
    try (CheckpointModel model = load(theirs, LoadOptions.builder())) {
      model.saveQuantized(directory);
    }
    assertSameFiles(theirs);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "bloom"})
  void quantizingWhileLoadingGivesWhatTransformersWrote(String name) {
    try (CheckpointModel model = load(TinyModels.GOLDEN.resolve(name), quantizing("nf4-double"))) {
      model.saveQuantized(directory);
    }
    assertSameFiles(QLORA.resolve(name).resolve("prequantized"));
  }

  private void assertSameFiles(Path theirs) {
    try (Checkpoint expected = Checkpoint.open(theirs);
        Checkpoint actual = Checkpoint.open(directory)) {
      assertEquals(
          expected.names().stream().sorted().toList(), actual.names().stream().sorted().toList());
      for (String name : expected.names()) {
        assertEquals(expected.tensor(name).type(), actual.tensor(name).type(), name);
        assertEquals(expected.tensor(name).shape(), actual.tensor(name).shape(), name);
        assertEquals(expected.tensor(name).bytes(), actual.tensor(name).bytes(), name);
      }
    }
    JsonObject expected = HuggingFaceConfig.read(theirs).json();
    JsonObject actual = HuggingFaceConfig.read(directory).json();
    String field = "quantization_config";
    assertEquals(expected.get(field), actual.get(field));
    assertEquals(expected.get("tie_word_embeddings"), actual.get("tie_word_embeddings"));
  }

  @ParameterizedTest
  @CsvSource({
    "nf4, lm_head",
    "fp4, lm_head",
    "fp4-double, ",
    "nf4-b128, layers.0.mlp.up_proj",
    "nf4-double-b32, lm_head"
  })
  void whatIsSavedLoadsWithEveryBit(String name, String kept) {
    LoadOptionsBuilder options = quantizing(name);
    options = kept == null ? options.keepUnquantized() : options.keepUnquantized(kept);
    try (CheckpointModel model = load(TinyModels.LLAMA, options)) {
      model.saveQuantized(directory);
      try (CheckpointModel loaded = load(directory, LoadOptions.builder())) {
        assertArrayEquals(TinyModels.logits(model), TinyModels.logits(loaded));
        assertEquals(model.decoder().quantized().size(), loaded.decoder().quantized().size());
      }
    }
  }

  @Test
  void adaptersAreNotInIt() {
    try (CheckpointModel base = load(LLAMA, LoadOptions.builder());
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      float[] before = TinyModels.logits(model);
      model.saveQuantized(directory);
      model.disableAdapters();
      try (CheckpointModel loaded = load(directory, LoadOptions.builder())) {
        assertArrayEquals(TinyModels.logits(model), TinyModels.logits(loaded));
        assertTrue(TinyModels.maxDifference(before, TinyModels.logits(loaded)) > 0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "int8", "int4", "int8-dynamic"})
  void whatTransformersHasNoFormatForIsNotSaved(String name) {
    LoadOptionsBuilder options = name.isEmpty() ? LoadOptions.builder() : quantizing(name);
    try (CheckpointModel model = load(TinyModels.LLAMA, options)) {
      ConfigurationException e =
          assertThrows(ConfigurationException.class, () -> model.saveQuantized(directory));
      assertTrue(e.getMessage().contains("saveQuantized"), e.getMessage());
    }
  }

  @Test
  void theSameQuantizationMayBeAskedFor() {
    load(LLAMA, quantizing("nf4-double")).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4", "fp4-double", "nf4-double-b128", "int8"})
  void anotherQuantizationIsRefused(String name) {
    try (LiveArrays live = new LiveArrays()) {
      ConfigurationException e =
          assertThrows(ConfigurationException.class, () -> load(LLAMA, quantizing(name)));
      assertTrue(e.getMessage().contains(name), e.getMessage());
      assertTrue(e.getMessage().contains("nf4-double"), e.getMessage());
      assertEquals(0, live.count());
    }
  }

  @Test
  void keptModulesAreRefused() {
    assertThrows(
        ConfigurationException.class,
        () -> load(LLAMA, quantizing("nf4-double").keepUnquantized("lm_head")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quant_method | \"hqq\" | hqq",
        "load_in_8bit | true | LLM.int8()",
        "load_in_4bit | false | load_in_4bit",
        "bnb_4bit_quant_type | \"nf5\" | nf5",
        "bnb_4bit_quant_storage | \"bfloat16\" | bfloat16",
        "bnb_4bit_quant_type | \"fp4\" | fp4",
        "bnb_4bit_use_double_quant | false | nf4"
      })
  void otherMethodsAreRefusedByName(String field, String value, String named) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(LLAMA, directory.resolve("copy"));
    JsonObject quantization =
        HuggingFaceConfig.read(LLAMA).json().getAsJsonObject("quantization_config");
    quantization.add(field, JsonParser.parseString(value));
    copy.set("config.json", "quantization_config", quantization.toString());
    assertRefused(copy, named);
  }

  @Test
  void aConfigurationWithoutQuantizedWeightsIsRefused() throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(TinyModels.LLAMA, directory.resolve("copy"));
    String field = "quantization_config";
    copy.set("config.json", field, HuggingFaceConfig.read(LLAMA).json().get(field).toString());
    assertRefused(copy, field);
  }

  @ParameterizedTest
  @ValueSource(strings = {".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", ""})
  void aMissingPartIsNamed(String part) throws IOException {
    String name = "model.layers.1.mlp.up_proj.weight" + part;
    CheckpointCopy copy = CheckpointCopy.of(LLAMA, directory.resolve("copy"));
    copy.tensors("model.safetensors", tensors -> tensors.remove(name));
    assertRefused(copy, name);
  }

  private static void assertRefused(CheckpointCopy copy, String named) {
    try (LiveArrays live = new LiveArrays()) {
      LoraException e =
          assertThrows(
              CheckpointException.class, () -> load(copy.directory(), LoadOptions.builder()));
      assertTrue(e.getMessage().contains(named), e.getMessage());
      assertEquals(0, live.count());
    }
    LiveArrays.assertNoOpenFiles(copy.directory());
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void aWeightThatIsNotFiniteIsNamedWithItsFile(float value) throws IOException {
    String name = "model.layers.1.mlp.up_proj.weight";
    CheckpointCopy copy = CheckpointCopy.of(TinyModels.LLAMA, directory.resolve("copy"));
    copy.tensors("model.safetensors", tensors -> tensors.computeIfPresent(name, with(value)));
    for (String format : new String[] {"nf4-double", "nf4", "fp4", "int8", "int4"}) {
      try (LiveArrays live = new LiveArrays()) {
        CheckpointException e =
            assertThrows(
                CheckpointException.class, () -> load(copy.directory(), quantizing(format)));
        assertTrue(e.getMessage().contains(name), e.getMessage());
        assertTrue(e.getMessage().contains("model.safetensors"), e.getMessage());
        assertEquals(0, live.count());
      }
      LiveArrays.assertNoOpenFiles(copy.directory());
    }
  }

  /** Ones, and one element of another value. */
  private static BiFunction<String, TensorEntry, TensorEntry> with(float value) {
    return (name, entry) -> {
      float[] values = new float[(int) entry.shape().size()];
      Arrays.fill(values, 1);
      values[70] = value;
      NDManager manager = NDManager.newBaseManager("PyTorch");
      return TensorEntry.computed(
          name, entry.shape(), StoredType.F32, () -> manager.create(values, entry.shape()));
    };
  }
}
