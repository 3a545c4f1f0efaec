// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.types.DataType;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.djl.verify.ParityCheck;
import io.github.lora4j.djl.verify.ParityOptions;
import io.github.lora4j.djl.verify.TensorParity;
import io.github.lora4j.quant.Quantization;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products with quantised weights in a type of 16 bits. */
class ComputeTypeTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  private static LoadOptions options(Optional<Quantization> quantization, DataType type) {
    var builder = LoadOptions.builder().computeType(type);
    quantization.ifPresent(builder::quantization);
    return builder.build();
  }

  private static String refusal(Optional<Quantization> quantization, DataType type) {
    LoadOptions options = options(quantization, type);
    return String.valueOf(
        assertThrows(
                ConfigurationException.class,
                () -> HuggingFaceModel.load(TinyModels.LLAMA, options).close())
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "bloom"})
  void aStepInBFloat16IsCloseToThatInFloat32(String name) {
    assumeTrue(ComputeSupport.processorHasBFloat16(), "the processor has no bfloat16");
    Path qlora = GOLDEN.resolve("qlora").resolve(name);
    List<TensorParity> results =
        ParityCheck.run(
            ParityOptions.of(
                    GOLDEN.resolve("models").resolve(name),
                    Optional.of(qlora.resolve("adapter")),
                    qlora.resolve("io.safetensors"))
                .withInputs(GOLDEN.resolve("models").resolve(name).resolve("io.safetensors"))
                .withLoadOptions(
                    options(
                        Optional.of(Quantization.nf4().doubleQuantization()), DataType.BFLOAT16)));
    assertWithin(results, "logits", 1e-4, 5e-2);
    assertWithin(results, "loss", 1e-6, 5e-3);
    assertWithin(results, "train_losses", 1e-5, 2e-2);
  }

  /** Sixteen bits are rounded to, and no more than that. */
  private static void assertWithin(
      List<TensorParity> results, String name, double least, double most) {
    TensorParity parity =
        results.stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
    double difference = parity.maxAbsDiff();
    assertTrue(difference > least && difference < most, parity::toString);
  }

  @Test
  void withoutQuantizedWeightsItIsRefused() {
    String message = refusal(Optional.empty(), DataType.BFLOAT16);
    assertTrue(message.contains("choose quantization"), message);
  }

  @Test
  void whereFloat32IsFasterItIsRefused() {
    String message = refusal(Optional.of(Quantization.nf4()), DataType.FLOAT16);
    assertTrue(message.contains("slower than FLOAT32"), message);
  }

  @Test
  void anotherTypeIsNone() {
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> options(Optional.empty(), DataType.FLOAT64));
    assertEquals(
        "LoadOptions: computeType must be FLOAT32, BFLOAT16 or FLOAT16, was FLOAT64",
        e.getMessage());
  }
}
