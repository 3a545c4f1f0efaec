// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.model.CheckpointModel;
import io.github.lora4j.djl.nn.QuantizedLinear;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that GPTQ and AWQ quantised, against their numbers in torch. */
class ForeignCheckpointsTest {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final Path FOREIGN = RESOURCES.resolve("foreign");
  private static final Path LLAMA = RESOURCES.resolve("golden/models/llama");

  @ParameterizedTest
  @ValueSource(strings = {"gptq-desc-act", "gptq-one-group", "gptq-v2", "awq"})
  void itComputesWhatTransformersComputesOfItsNumbers(String name) {
    Path model = FOREIGN.resolve(name);
    assertParity(
        ParityCheck.run(ParityOptions.of(model, Optional.empty(), model.resolve("io.safetensors"))),
        List.of("logits", "loss"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq-desc-act", "gptq-one-group", "gptq-v2", "awq"})
  void anAdapterTrainsOverItAsInPeft(String name) {
    Path model = FOREIGN.resolve(name);
    assertParity(
        ParityCheck.run(
            ParityOptions.of(
                    model,
                    Optional.of(LLAMA.resolve("adapters/all-linear")),
                    model.resolve("adapter-io.safetensors"))
                .withInputs(LLAMA.resolve("io.safetensors"))),
        List.of("logits", "loss", "train_losses"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq-desc-act", "gptq-one-group", "gptq-v2", "awq"})
  void everyBitIsTorchs(String name) {
    Path model = FOREIGN.resolve(name);
    try (SafetensorsFile torch = SafetensorsFile.open(model.resolve("dequantized.safetensors"));
        CheckpointModel loaded = (CheckpointModel) HuggingFaceModel.load(model)) {
      for (String tensor : torch.names()) {
        String module = tensor.substring(0, tensor.length() - ".weight".length());
        QuantizedLinear linear = (QuantizedLinear) loaded.decoder().module(module).base();
        try (NDArray numbers = linear.dequantized()) {
          assertArrayEquals(torch.tensor(tensor).toFloatArray(), numbers.toFloatArray(), tensor);
        }
      }
    }
  }

  private static void assertParity(List<TensorParity> results, List<String> expected) {
    for (String name : expected) {
      assertTrue(
          results.stream().anyMatch(r -> r.name().equals(name)), () -> name + " is not compared");
    }
    assertAll(results.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }
}
