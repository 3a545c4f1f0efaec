// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.model.LiveArrays;
import io.github.lora4j.quant.Fp4Tensor;
import io.github.lora4j.quant.Int4Tensor;
import io.github.lora4j.quant.Int8Tensor;
import io.github.lora4j.quant.Nf4Tensor;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizedTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a quantised tensor owns, gives and refuses. */
class QuantizedTensorTest {
  private static final Shape SHAPE = new Shape(65, 33);

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4", "nf4-double", "fp4", "fp4-double", "int8-dynamic", "int8", "int4"})
  void nothingIsLeftButTheResult(String name) {
    NDArray weight = weight();
    try (LiveArrays live = new LiveArrays()) {
      for (int i = 0; i < 20; i++) {
        QuantizedTensor tensor = quantize(weight, name);
        assertEquals(tensor.parts().size(), live.count());
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16)) {
          NDArray numbers = tensor.dequantize(manager, type);
          assertEquals(tensor.parts().size() + 1, live.count());
          assertEquals(manager, numbers.getManager());
          numbers.close();
        }
        tensor.close();
        tensor.close();
        assertEquals(0, live.count());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4", "nf4-double", "fp4-double", "int8-dynamic", "int8", "int4"})
  void partsGiveTheSameTensorBack(String name) {
    try (QuantizedTensor tensor = quantize(weight(), name);
        QuantizedTensor restored =
            QuantizedTensor.restore(
                manager, "w", Quantization.parse(name), SHAPE, tensor.parts())) {
      assertEquals(tensor.parts().keySet(), restored.parts().keySet());
      assertEquals(tensor.sizeInBytes(), restored.sizeInBytes());
      float[] numbers = tensor.dequantize(manager, DataType.FLOAT32).toFloatArray();
      tensor.close();
      assertArrayEquals(numbers, restored.dequantize(manager, DataType.FLOAT32).toFloatArray());
    }
  }

  @Test
  void eachFormatHasItsClass() {
    assertInstanceOf(Nf4Tensor.class, quantize(weight(), "nf4"));
    assertInstanceOf(Fp4Tensor.class, quantize(weight(), "fp4-double"));
    assertInstanceOf(Int8Tensor.class, quantize(weight(), "int8"));
    assertInstanceOf(Int8Tensor.class, quantize(weight(), "int8-dynamic"));
    assertInstanceOf(Int4Tensor.class, quantize(weight(), "int4"));
  }

  @Test
  void theDefaultsAreThoseOfTheFormat() {
    assertEquals(Quantization.nf4(), Nf4Tensor.quantize(manager, weight()).quantization());
    assertEquals(Quantization.fp4(), Fp4Tensor.quantize(manager, weight()).quantization());
    assertEquals(Quantization.int8(), Int8Tensor.quantize(manager, weight()).quantization());
    assertEquals(Quantization.int4(), Int4Tensor.quantize(manager, weight()).quantization());
  }

  @Test
  void theSizeIsThatOfTheParts() {
    // 2145 codes; 34 blocks of 64; a table of 16
    assertEquals(1073 + 4 * 34 + 4 * 16, quantize(weight(), "nf4").sizeInBytes());
    // 34 scales in a block of 256; a table of 256; their mean
    assertEquals(
        1073 + 4 * 16 + 34 + 4 + 4 * 256 + 4, quantize(weight(), "nf4-double").sizeInBytes());
    assertEquals(2145 + 4 + 4 * 256, quantize(weight(), "int8-dynamic").sizeInBytes());
  }

  @Test
  void halfPrecisionWeightsAreWidened() {
    NDArray half = weight().toType(DataType.FLOAT16, true);
    try (QuantizedTensor ofHalf = quantize(half, "nf4");
        QuantizedTensor ofFloat = quantize(half.toType(DataType.FLOAT32, true), "nf4")) {
      assertArrayEquals(
          ofFloat.parts().get("packed").toByteArray(), ofHalf.parts().get("packed").toByteArray());
    }
  }

  /** 1 + 2⁻¹¹ and 1 + 3·2⁻¹¹ lie between two halves: to the even one, down and up. */
  @Test
  void float16RoundsHalfToEven() {
    try (QuantizedTensor tensor = exactly(1.00048828125f)) {
      NDArray half = tensor.dequantize(manager, DataType.FLOAT16);
      assertEquals(DataType.FLOAT16, half.getDataType());
      assertEquals(1f, half.toType(DataType.FLOAT32, true).toFloatArray()[0]);
    }
    try (QuantizedTensor tensor = exactly(1.00146484375f)) {
      NDArray half = tensor.dequantize(manager, DataType.FLOAT16);
      assertEquals(1.001953125f, half.toType(DataType.FLOAT32, true).toFloatArray()[0]);
    }
  }

  /** 1 + 2⁻⁸ and 1 + 3·2⁻⁸ lie between two bfloat16; next to the tie the nearer one wins. */
  @Test
  void bfloat16RoundsHalfToEven() {
    assertEquals(0x3F80, bfloat16(0x3F808000));
    assertEquals(0x3F82, bfloat16(0x3F818000));
    assertEquals(0x3F81, bfloat16(0x3F808001));
    assertEquals(0x3F80, bfloat16(0x3F807FFF));
    assertEquals(0x7F80, bfloat16(0x7F7FFFFF));
  }

  @Test
  void bfloat16HasTheShapeAndTwoBytes() {
    try (QuantizedTensor tensor = quantize(weight(), "nf4")) {
      NDArray bytes = tensor.dequantize(manager, DataType.BFLOAT16);
      assertEquals(new Shape(65, 33, 2), bytes.getShape());
      float[] numbers = tensor.dequantize(manager, DataType.FLOAT32).toFloatArray();
      byte[] found = bytes.toByteArray();
      for (int i = 0; i < numbers.length; i++) {
        int bits = (found[2 * i] & 0xFF) << 16 | (found[2 * i + 1] & 0xFF) << 24;
        assertEquals(numbers[i], Float.intBitsToFloat(bits), Math.abs(numbers[i]) / 256);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aWeightThatIsNotFiniteIsRefusedByName(float bad) {
    float[] values = PortableQuantizationKernelsTest.normal(SHAPE.size());
    values[130] = bad;
    NDArray weight = manager.create(values, SHAPE);
    try (LiveArrays live = new LiveArrays()) {
      String message =
          assertThrows(CheckpointException.class, () -> quantize(weight, "nf4-double"))
              .getMessage();
      assertTrue(message.contains("'layers.0.q_proj.weight'"), message);
      assertTrue(message.contains("128 to 191"), message);
      assertEquals(0, live.count());
    }
  }

  @Test
  void integersAndEmptyTensorsAreRefusedByName() {
    NDArray integers = manager.create(new long[] {1, 2});
    NDArray empty = manager.create(new Shape(0, 4));
    assertRefused("is int64", () -> quantize(integers, "nf4"));
    assertRefused("no elements", () -> quantize(empty, "nf4"));
  }

  @Test
  void aTensorOfAnotherFormatIsRefused() {
    NDArray weight = weight();
    String message =
        assertThrows(
                ConfigurationException.class,
                () -> Nf4Tensor.quantize(manager, weight, Quantization.int8()))
            .getMessage();
    assertEquals("Nf4Tensor: cannot hold the quantisation int8", message);
  }

  @Test
  void numbersOfAnotherTypeAreRefused() {
    try (QuantizedTensor tensor = quantize(weight(), "nf4")) {
      assertThrows(ConfigurationException.class, () -> tensor.dequantize(manager, DataType.INT32));
    }
  }

  @Test
  void partsThatDoNotFitAreRefusedByName() {
    try (QuantizedTensor tensor = quantize(weight(), "nf4-double")) {
      for (String part : tensor.parts().keySet()) {
        Map<String, NDArray> parts = new HashMap<>(tensor.parts());
        parts.remove(part);
        assertRefused("part '" + part + "' is missing", () -> restore(parts));
        parts.put(part, manager.create(new float[] {1, 2, 3}));
        assertRefused("part '" + part + "' is float32 (3)", () -> restore(parts));
      }
      Map<String, NDArray> parts = new HashMap<>(tensor.parts());
      parts.put("code", manager.create(Quantization.fp4().format().code()));
      assertRefused("part 'code' gives code 0 the value 0.0, expected -1.0", () -> restore(parts));
    }
  }

  private void assertRefused(String what, Runnable action) {
    try (LiveArrays live = new LiveArrays()) {
      String message = assertThrows(CheckpointException.class, action::run).getMessage();
      assertTrue(message.contains("'layers.0.q_proj.weight'"), message);
      assertTrue(message.contains(what), message);
      assertEquals(0, live.count());
    }
  }

  private int bfloat16(int bits) {
    try (QuantizedTensor tensor = exactly(Float.intBitsToFloat(bits))) {
      byte[] bytes = tensor.dequantize(manager, DataType.BFLOAT16).toByteArray();
      return Byte.toUnsignedInt(bytes[1]) << 8 | Byte.toUnsignedInt(bytes[0]);
    }
  }

  /** The largest magnitude of a block is kept as it is. */
  private QuantizedTensor exactly(float value) {
    return quantize(manager.create(new float[] {value}), "nf4");
  }

  private NDArray weight() {
    return manager.create(PortableQuantizationKernelsTest.normal(SHAPE.size()), SHAPE);
  }

  private QuantizedTensor quantize(NDArray weight, String name) {
    return QuantizedTensor.quantize(
        manager, "layers.0.q_proj.weight", weight, Quantization.parse(name));
  }

  private void restore(Map<String, NDArray> parts) {
    QuantizedTensor.restore(
        manager, "layers.0.q_proj.weight", Quantization.nf4().doubleQuantization(), SHAPE, parts);
  }
}
