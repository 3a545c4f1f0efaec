// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.CausalLm;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.GgufBytes;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.plan.MemoryPlanner;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.quant.Quantization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be done with a file of llama.cpp, and what is refused. */
class GgufModelTest {
  private static final Path GGUF = TinyModels.RESOURCES.resolve("foreign/gguf");
  private static final Path MIXED = GGUF.resolve("mixed.gguf");
  private static final Path FLOATS = GGUF.resolve("floats.gguf");
  private static final LoadOptions NF4 =
      LoadOptions.builder().quantization(Quantization.nf4()).build();

  @TempDir private Path directory;

  @Test
  void linearModulesKeepTheBlocksOfTheFile() {
    try (CheckpointModel model = TinyModels.load(MIXED)) {
      assertEquals(8, model.decoder().quantized().size());
      assertEquals(
          List.of("Q4_K", "Q6_K", "Q8_0", "Q4_0", "Q4_K", "Q6_K", "Q8_0", "Q4_K"),
          model.decoder().quantized().values().stream()
              .map(linear -> linear.tensor().label())
              .toList());
    }
  }

  @Test
  void everyBitIsLlamaCppsInTheOrderOfTransformers() {
    try (SafetensorsFile theirs =
            SafetensorsFile.open(GGUF.resolve("mixed-dequantized.safetensors"));
        CheckpointModel model = TinyModels.load(MIXED)) {
      String keys = "model.layers.0.self_attn.k_proj";
      QuantizedLinear linear = (QuantizedLinear) model.decoder().module(keys).base();
      try (NDArray numbers = linear.dequantized()) {
        assertArrayEquals(theirs.tensor(keys + ".weight").toFloatArray(), numbers.toFloatArray());
      }
      String table = "model.embed_tokens.weight";
      assertArrayEquals(theirs.tensor(table).toFloatArray(), TinyModels.weights(model).get(table));
    }
  }

  @Test
  void nothingIsWrittenInItsBlocks() {
    try (CausalLm base = HuggingFaceModel.load(MIXED);
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      refused(model::merge, "merge", "Q4_K", "saveMerged(original, directory)");
      refused(() -> model.saveQuantized(directory), "saveQuantized", "Q4_K");
    }
    refused(() -> HuggingFaceModel.load(MIXED, NF4), "nf4", "Q4_K", "mixed.gguf");
  }

  @Test
  void itsMemoryIsNotPlanned() {
    PlanOptions options =
        PlanOptions.builder().adapter(LoraConfig.builder().allLinear().build()).build();
    refused(() -> MemoryPlanner.plan(MIXED, options), "GGUF");
  }

  @ParameterizedTest
  @ValueSource(strings = {"floats", "llama3", "mixed"})
  void savedInFloat32ItIsACheckpointOfTransformers(String name) {
    try (CausalLm model = HuggingFaceModel.load(GGUF.resolve(name + ".gguf"))) {
      model.saveCheckpoint(directory);
      try (CausalLm saved = HuggingFaceModel.load(directory)) {
        double difference =
            TinyModels.maxDifference(TinyModels.logits(model), TinyModels.logits(saved));
        assertTrue(difference < 1e-5, () -> "differs by " + difference);
      }
    }
  }

  @Test
  void aFileOfFloatsIsQuantizedWhileLoading() {
    try (CheckpointModel model = (CheckpointModel) HuggingFaceModel.load(FLOATS, NF4)) {
      assertEquals(14, model.decoder().quantized().size());
      model.saveQuantized(directory);
      HuggingFaceModel.load(directory).close();
    }
  }

  @Test
  void itGenerates() {
    try (CausalLm model = HuggingFaceModel.load(MIXED)) {
      GenerationConfig config = GenerationConfig.builder().maxNewTokens(5).build();
      int[] tokens = model.generateTokens(List.of(new int[] {5, 9, 11}), config).get(0);
      assertEquals(5, tokens.length);
      refused(() -> model.generate("text", config), "tokenizer.json");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "blk.0.ffn_up.weight, blk.0.ffn_uq.weight, blk.0.ffn_up.weight",
    "general.architecture, general.architectura, general.architecture",
    "llama.block_count, llama.block_counu, llama.block_count",
    "llama.rope.dimension_count, llama.rope.dimension_counu, ",
    "token_embd.weight, token_emb_.weight, token_embd.weight"
  })
  void whatIsMissingIsNamed(String name, String instead, String named) throws IOException {
    String text = Files.readString(MIXED, StandardCharsets.ISO_8859_1).replace(name, instead);
    Path copy = Files.writeString(directory.resolve("c.gguf"), text, StandardCharsets.ISO_8859_1);
    if (named == null) {
      HuggingFaceModel.load(copy).close();
      return;
    }
    assertRefused(copy, named);
  }

  @Test
  void otherArchitecturesAreNamed() {
    Path copy = directory.resolve("c.gguf");
    new GgufBytes().text("general.architecture", "falcon").write(copy);
    assertRefused(copy, "falcon");
    new GgufBytes().text("general.name", "x").write(copy);
    assertRefused(copy, "general.architecture");
  }

  private static void assertRefused(Path file, String named) {
    try (LiveArrays live = new LiveArrays()) {
      LoraException e = assertThrows(CheckpointException.class, () -> HuggingFaceModel.load(file));
      assertTrue(e.getMessage().contains(named), e.getMessage());
      assertEquals(0, live.count());
    }
    LiveArrays.assertNoOpenFiles(file.getParent());
  }

  private static void refused(Runnable call, String... named) {
    LoraException e = assertThrows(LoraException.class, call::run);
    for (String name : named) {
      assertTrue(e.getMessage().contains(name), e.getMessage());
    }
  }
}
