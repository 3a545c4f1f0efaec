// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.LoadOptions;
import io.github.lora4j.quant.Quantization;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What bitsandbytes and PEFT compute over a base in nf4 with double quantisation. */
class GoldenQloraTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final LoadOptions NF4 =
      LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build();
  private static final List<String> EXPECTED =
      List.of("base_logits", "base_loss", "logits", "loss", "train_losses");

  private static ParityOptions options(String name, Path model) {
    Path qlora = GOLDEN.resolve("qlora").resolve(name);
    return ParityOptions.of(
            model, Optional.of(qlora.resolve("adapter")), qlora.resolve("io.safetensors"))
        .withInputs(GOLDEN.resolve("models").resolve(name).resolve("io.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "bloom"})
  void aBaseQuantizedWhileLoadingTrainsAsInPeft(String name) {
    assertParity(
        ParityCheck.run(
            options(name, GOLDEN.resolve("models").resolve(name)).withLoadOptions(NF4)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "bloom"})
  void aCheckpointThatTransformersQuantizedTrainsAsInPeft(String name) {
    assertParity(
        ParityCheck.run(
            options(name, GOLDEN.resolve("qlora").resolve(name).resolve("prequantized"))));
  }

  private static void assertParity(List<TensorParity> results) {
    for (String name : EXPECTED) {
      assertTrue(
          results.stream().anyMatch(r -> r.name().equals(name)), () -> name + " is not compared");
    }
    assertAll(results.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }
}
