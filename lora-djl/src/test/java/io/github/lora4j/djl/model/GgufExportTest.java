// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterException;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.GgufExport;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraException;
import io.github.lora4j.djl.format.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters as llama.cpp reads them, against files made by its Python package. */
class GgufExportTest {
  private static final Path ADAPTERS = TinyModels.LLAMA.resolve("adapters");
  private static final Path FOREIGN = TinyModels.RESOURCES.resolve("foreign/gguf");

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("adapter.gguf");
  }

  @ParameterizedTest
  @ValueSource(strings = {"all-linear", "rslora", "patterns"})
  void theFileIsTheOneOfLlamaCppsPackage(String name) {
    assertExported(ADAPTERS.resolve(name), name);
  }

  @Test
  void anEmbeddingsFactorLiesTheOtherWayRound() {
    assertExported(FOREIGN.resolve("embedding-adapter"), "embedding");
  }

  private void assertExported(Path adapter, String name) {
    GgufExport.adapter(adapter, TinyModels.LLAMA, file());
    try (GgufFile expected = GgufFile.open(FOREIGN.resolve("adapters/" + name + ".gguf"));
        GgufFile actual = GgufFile.open(file())) {
      assertEquals(
          expected.names().stream().sorted().toList(), actual.names().stream().sorted().toList());
      for (String tensor : expected.names()) {
        assertEquals(expected.tensor(tensor).shape(), actual.tensor(tensor).shape(), tensor);
        assertArrayEquals(
            expected.tensor(tensor).stored().toFloatArray(),
            actual.tensor(tensor).stored().toFloatArray(),
            tensor);
      }
      for (String key : new String[] {"general.architecture", "general.type", "adapter.type"}) {
        assertEquals(expected.metadata().string(key), actual.metadata().string(key));
      }
      String alpha = "adapter.lora.alpha";
      assertEquals(expected.metadata().doubleValue(alpha), actual.metadata().doubleValue(alpha));
    }
  }

  @Test
  void theBaseMayBeAFileOfLlamaCpp() throws IOException {
    GgufExport.adapter(ADAPTERS.resolve("all-linear"), TinyModels.LLAMA, file());
    byte[] ofDirectory = Files.readAllBytes(file());
    GgufExport.adapter(ADAPTERS.resolve("all-linear"), FOREIGN.resolve("floats.gguf"), file());
    assertArrayEquals(ofDirectory, Files.readAllBytes(file()));
  }

  @Test
  void anAdapterIsNoModel() {
    GgufExport.adapter(ADAPTERS.resolve("all-linear"), TinyModels.LLAMA, file());
    LoraException e = assertThrows(CheckpointException.class, () -> HuggingFaceModel.load(file()));
    assertTrue(e.getMessage().contains("general.type is \"adapter\""), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"dora, DoRA", "pissa, PiSSA", "modules_to_save, lm_head"})
  void whatLlamaCppHasNoFormForIsRefused(String name, String named) {
    AdapterException e =
        assertThrows(
            AdapterException.class,
            () -> GgufExport.adapter(ADAPTERS.resolve(name), TinyModels.LLAMA, file()));
    assertTrue(e.getMessage().contains(named), e.getMessage());
    assertFalse(Files.exists(file()));
  }

  @Test
  void basesWithoutNamesInLlamaCppAreRefused() {
    CheckpointException e =
        assertThrows(
            CheckpointException.class,
            () -> GgufExport.adapter(ADAPTERS.resolve("all-linear"), TinyModels.BLOOM, file()));
    assertTrue(e.getMessage().contains("bloom"), e.getMessage());
  }

  @Test
  void rowsThatAreNoHeadsOfTheBaseAreRefused() throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(TinyModels.LLAMA, directory.resolve("base"));
    copy.set("config.json", "num_attention_heads", "7");
    AdapterException e =
        assertThrows(
            AdapterException.class,
            () -> GgufExport.adapter(ADAPTERS.resolve("all-linear"), copy.directory(), file()));
    assertTrue(e.getMessage().contains("q_proj"), e.getMessage());
  }

  @Test
  void aTiedHeadIsRefused() throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(TinyModels.LLAMA, directory.resolve("base"));
    copy.set("config.json", "tie_word_embeddings", "true");
    CheckpointCopy adapter =
        CheckpointCopy.of(ADAPTERS.resolve("default"), directory.resolve("adapter"));
    adapter.tensors(
        "adapter_model.safetensors",
        tensors -> {
          tensors.clear();
          String name = "base_model.model.lm_head.lora_A.weight";
          tensors.put(name, CheckpointCopy.zeros(name, 4, 48));
        });
    AdapterException e =
        assertThrows(
            AdapterException.class,
            () -> GgufExport.adapter(adapter.directory(), copy.directory(), file()));
    assertTrue(e.getMessage().contains("lm_head"), e.getMessage());
  }
}
