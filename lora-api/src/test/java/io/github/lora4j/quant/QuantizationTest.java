// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.spi.QuantizationKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationTest {
  @Test
  void defaultsAreThoseOfBitsandbytes() {
    assertEquals(64, Quantization.nf4().blockSize());
    assertEquals(64, Quantization.fp4().blockSize());
    assertEquals(4096, Quantization.int8Dynamic().blockSize());
    assertEquals(64, Quantization.int8().blockSize());
    assertEquals(64, Quantization.int4().blockSize());
  }

  @ParameterizedTest
  @CsvSource({
    "nf4, 4.5",
    "nf4-double, 4.126953125",
    "fp4-b128, 4.25",
    "int8-dynamic, 8.0078125",
    "int8, 8.5",
    "int4-b32, 5",
  })
  void bitsPerParameterCountTheScales(String name, double bits) {
    assertEquals(bits, Quantization.parse(name).bitsPerParameter());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nf4",
        "nf4-double",
        "nf4-double-b128",
        "fp4",
        "fp4-b4096",
        "int8-dynamic",
        "int8-dynamic-b256",
        "int8",
        "int4-b32"
      })
  void namesAreReadAsTheyAreWritten(String name) {
    assertEquals(name, Quantization.parse(name).name());
  }

  @Test
  void namesMeanWhatTheFactoriesMake() {
    assertEquals(
        Quantization.nf4().blockSize(128).doubleQuantization(),
        Quantization.parse("NF4-Double-B128"));
    assertEquals(Quantization.int8Dynamic(), Quantization.parse("int8-dynamic-b4096"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nf5", "nf4-", "nf4-b", "nf4-b64-double", "double", "nf4 double"})
  void anUnknownNameIsRefusedWithTheNamesThereAre(String name) {
    String message = refusal(() -> Quantization.parse(name));
    assertTrue(message.startsWith("unknown quantisation '" + name + "'"), message);
    assertTrue(message.contains("nf4, fp4, int8-dynamic, int8, int4"), message);
  }

  @ParameterizedTest
  @ValueSource(ints = {-64, 0, 1, 16, 48, 8192, Integer.MIN_VALUE})
  void aBlockSizeThatIsNoPowerOfTwoInRangeIsRefused(int blockSize) {
    assertEquals(
        "Quantization: blockSize must be a power of two from 32 to 4096, was " + blockSize,
        refusal(() -> Quantization.nf4().blockSize(blockSize)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"int8-double", "int4-double", "int8-dynamic-double"})
  void doubleQuantizationOfOtherFormatsIsRefused(String name) {
    assertEquals(
        "Quantization: double quantisation is for nf4 and fp4, the format was "
            + name.replace("-double", ""),
        refusal(() -> Quantization.parse(name)));
  }

  @ParameterizedTest
  @EnumSource(QuantizationFormat.class)
  void zeroAndTheLargestMagnitudeAreExact(QuantizationFormat format) {
    float[] code = format.code();
    assertEquals(1 << format.bits(), code.length);
    assertEquals(0f, code[format.zero()]);
    float largest = 0;
    for (float number : code) {
      largest = Math.max(largest, number);
    }
    assertEquals(format.divisor(), largest);
  }

  @Test
  void withoutAnImplementationTheMissingArtifactIsNamed() {
    assertEquals(
        "no implementation of nf4 for cpu() on the class path; add the dependency"
            + " io.github.lora4j:lora-djl",
        refusal(() -> QuantizationKernels.find(Device.cpu(), QuantizationFormat.NF4)));
  }

  private static String refusal(Runnable action) {
    return assertThrows(ConfigurationException.class, action::run).getMessage();
  }
}
