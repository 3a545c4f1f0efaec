// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of llama.cpp, against what transformers computes of their numbers. */
class GgufModelsTest {
  private static final Path GGUF = Path.of("src/test/resources/foreign/gguf");

  @ParameterizedTest
  @ValueSource(strings = {"floats", "llama3", "mixed"})
  void itComputesWhatTransformersComputesOfItsNumbers(String name) {
    assertParity(
        ParityCheck.run(
            ParityOptions.of(
                GGUF.resolve(name + ".gguf"),
                Optional.empty(),
                GGUF.resolve(name + "-io.safetensors"))),
        List.of("logits", "loss"));
  }

  @Test
  void anAdapterTrainsOverItAsInPeft() {
    assertParity(
        ParityCheck.run(
            ParityOptions.of(
                    GGUF.resolve("mixed.gguf"),
                    Optional.of(GGUF.resolve("mixed-adapter")),
                    GGUF.resolve("mixed-adapter-io.safetensors"))
                .withInputs(GGUF.resolve("mixed-io.safetensors"))),
        List.of("logits", "loss", "train_losses"));
  }

  private static void assertParity(List<TensorParity> results, List<String> expected) {
    for (String name : expected) {
      assertTrue(
          results.stream().anyMatch(r -> r.name().equals(name)), () -> name + " is not compared");
    }
    assertAll(results.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }
}
