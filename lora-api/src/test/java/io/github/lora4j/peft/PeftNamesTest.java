// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import io.github.lora4j.AdapterException;
import io.github.lora4j.TestResources;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeftNamesTest {
  private static final JsonObject GOLDEN = TestResources.json("peft/golden-names.json");

  static Set<String> adapters() {
    return GOLDEN.keySet();
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void namesInPeftsFilesAreReadAndWritten(String adapter) {
    for (String name : names(adapter, "file")) {
      assertEquals(name, PeftNames.fileName(PeftNames.parse(name).orElseThrow()));
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void namesInPeftsMemoryAreReadAndWritten(String adapter) {
    List<String> saved = names(adapter, "saved");
    for (String name : names(adapter, "memory")) {
      PeftTensor tensor = PeftNames.parse(name).orElseThrow();
      assertEquals(name, PeftNames.memoryName(tensor, PeftNames.DEFAULT_ADAPTER, saved));
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void fileAndMemoryHoldTheSameTensors(String adapter) {
    Set<PeftTensor> file = new HashSet<>(tensors(names(adapter, "file")));
    // The base weight of an embedding is stored, but does not train.
    file.removeIf(tensor -> tensor.role() == TensorRole.BASE_WEIGHT);

    assertEquals(file, tensors(names(adapter, "memory")));
  }

  @ParameterizedTest
  @CsvSource({
    "m.wte.token_adapter.trainable_tokens_delta, m.wte, TRAINABLE_TOKENS",
    "m.wte.token_adapter.trainable_tokens_delta.default, m.wte, TRAINABLE_TOKENS",
    "m.q.lora_A.weight, m.q, LORA_A",
    "m.q.ia3_l, m.q, IA3_L",
    "m.q.ia3_l.default, m.q, IA3_L",
    "m.q.adapter_down.weight, m.q, ADAPTER_DOWN",
    "m.q.adapter_up.default.bias, m.q, ADAPTER_UP_BIAS",
    "m.q.lora_A.default.weight, m.q, LORA_A",
    "m.q.lora_B.other_adapter.weight, m.q, LORA_B",
    "m.wte.lora_embedding_A, m.wte, LORA_EMBEDDING_A",
    "m.wte.lora_embedding_B.default, m.wte, LORA_EMBEDDING_B",
    "m.q.lora_magnitude_vector, m.q, LORA_MAGNITUDE",
    "m.q.lora_magnitude_vector.default.weight, m.q, LORA_MAGNITUDE",
    "m.q.lora_magnitude_vector.weight, m.q, LORA_MAGNITUDE",
    "m.q.lora_B.bias, m.q, LORA_B_BIAS",
    "m.q.lora_B.default.bias, m.q, LORA_B_BIAS",
    "m.q.base_layer.bias, m.q, BASE_BIAS",
    "m.wte.base_layer.weight, m.wte, BASE_WEIGHT",
    "m.norm.bias, m.norm, BIAS",
    "q.lora_A, q, SVD_A",
    "q.lora_B.default, q, SVD_B",
    "q.lora_E, q, SVD_E",
    "lm_head.weight, lm_head, WEIGHT",
    "lm_head.modules_to_save.default.weight, lm_head, WEIGHT",
    "head.modules_to_save.default.dense.bias, head.dense, BIAS",
    "head.modules_to_save.bias, head, BIAS",
  })
  void nameTellsModuleAndRole(String name, String module, TensorRole role) {
    assertEquals(
        Optional.of(new PeftTensor(module, role)), PeftNames.parse("base_model.model." + name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.q.lora_A.weight",
        "base_model.model.",
        "base_model.model.weight",
        "base_model.model.lora_A.weight",
        "base_model.model.q",
        "base_model.model..lora_A.weight",
        "base_model.model.q.lora_A.a.b.weight",
        "base_model.model.q.lora_A.bias",
        "base_model.model.trainable_tokens_delta",
        "base_model.model.q.trainable_tokens_delta",
        "base_model.model.q.lora_magnitude_vector.default.bias",
        "base_model.model.q.base_layer.lora_A",
        "base_model.model.q.original_module.weight",
      })
  void namesOfOtherTensorsAreNotRead(String name) {
    assertEquals(Optional.empty(), PeftNames.parse(name));
  }

  @Test
  void virtualTokensAreOfNoModule() {
    PeftTensor stored = new PeftTensor("", TensorRole.PROMPT_EMBEDDINGS);
    PeftTensor part = new PeftTensor("mlp_head.0.weight", TensorRole.PROMPT_ENCODER);

    assertEquals("prompt_embeddings", PeftNames.fileName(stored));
    assertEquals(Optional.of(stored), PeftNames.parse("prompt_embeddings"));
    assertEquals(
        "prompt_encoder.french.mlp_head.0.weight", PeftNames.memoryName(part, "french", List.of()));
    assertEquals(Optional.of(part), PeftNames.parse("prompt_encoder.french.mlp_head.0.weight"));
    assertEquals(Optional.empty(), PeftNames.parse("prompt_encoder.french"));
  }

  @Test
  void memoryNameHasTheAdaptersName() {
    PeftTensor tensor = new PeftTensor("m.q", TensorRole.LORA_A);

    assertEquals(
        "base_model.model.m.q.lora_A.french.weight",
        PeftNames.memoryName(tensor, "french", List.of("m.k")));
  }

  @Test
  void savedBlockIsNamedBeforeItsParts() {
    PeftTensor tensor = new PeftTensor("head.dense", TensorRole.WEIGHT);

    assertEquals(
        "base_model.model.head.modules_to_save.french.dense.weight",
        PeftNames.memoryName(tensor, "french", List.of("hea", "head")));
  }

  @Test
  void biasesThatPeftStoresThriceAreIndexedOnce() {
    List<String> names =
        List.of(
            "base_model.model.fc.modules_to_save.bias",
            "base_model.model.fc.original_module.bias",
            "base_model.model.fc.bias",
            "base_model.model.fc.modules_to_save.default.weight");

    assertEquals(
        Map.of(
            new PeftTensor("fc", TensorRole.BIAS),
            "base_model.model.fc.bias",
            new PeftTensor("fc", TensorRole.WEIGHT),
            names.get(3)),
        PeftNames.index(names, "file"));
  }

  @Test
  void unknownTensorIsNamed() {
    AdapterException e =
        assertThrows(
            AdapterException.class,
            () -> PeftNames.index(List.of("base_model.model.q.lora_X"), "a.safetensors"));

    assertEquals(
        "a.safetensors: tensor \"base_model.model.q.lora_X\" is none of an adapter's; expected"
            + " names such as \"base_model.model.layers.0.q_proj.lora_A.weight\"",
        e.getMessage());
  }

  private static Set<PeftTensor> tensors(List<String> names) {
    return names.stream()
        .map(name -> PeftNames.parse(name).orElseThrow())
        .collect(Collectors.toSet());
  }

  private static List<String> names(String adapter, String kind) {
    return TestResources.strings(GOLDEN.getAsJsonObject(adapter).get(kind));
  }
}
