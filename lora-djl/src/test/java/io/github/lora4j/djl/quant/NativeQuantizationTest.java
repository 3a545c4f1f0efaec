// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedBlocks;
import io.github.lora4j.spi.QuantizationKernels;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The C kernels against the operators of libtorch, bit for bit. */
class NativeQuantizationTest {
  private static final DataType[] TYPES = {DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16};

  private final QuantizationKernels fast = new NativeQuantizationKernels();
  private final QuantizationKernels plain = new PortableQuantizationKernels();
  private NDManager manager;

  @BeforeEach
  void open() {
    Assumptions.assumeTrue(NativeKernels.get().isPresent(), "no native kernels here");
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    if (manager != null) {
      manager.close();
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.quant.GoldenQuant#fourBitCases")
  void goldenWeightsGetTheSameBits(String name) {
    try (GoldenQuant golden = GoldenQuant.open(name, manager)) {
      Quantization quantization = golden.quantization();
      assertSame(golden.array("weight"), quantization.format(), quantization.blockSize());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NF4, 64, 4096",
    "NF4, 64, 4095",
    "NF4, 32, 1",
    "NF4, 4096, 5000",
    "NF4, 64, 300001",
    "FP4, 64, 4096",
    "FP4, 128, 4033",
    "FP4, 2048, 100000"
  })
  void randomWeightsGetTheSameBits(QuantizationFormat format, int blockSize, int size) {
    Random random = new Random(size);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(7) - 3));
    }
    assertSame(manager.create(values), format, blockSize);
  }

  @Test
  void aTransposedViewIsReadInItsOwnOrder() {
    NDArray values = manager.randomNormal(new Shape(48, 96)).transpose();
    assertSame(values, QuantizationFormat.NF4, 64);
  }

  private void assertSame(NDArray values, QuantizationFormat format, int blockSize) {
    QuantizedBlocks ours = fast.quantize(manager, values, format, blockSize);
    QuantizedBlocks theirs = plain.quantize(manager, values, format, blockSize);
    assertArrayEquals(theirs.packed().toByteArray(), ours.packed().toByteArray());
    assertArrayEquals(theirs.absmax().toFloatArray(), ours.absmax().toFloatArray());
    assertArrayEquals(theirs.code().toFloatArray(), ours.code().toFloatArray());
    for (DataType type : TYPES) {
      NDArray our = fast.dequantize(manager, theirs, values.getShape(), type);
      NDArray their = plain.dequantize(manager, theirs, values.getShape(), type);
      assertEquals(their.getShape(), our.getShape());
      assertEquals(their.getDataType(), our.getDataType());
      assertArrayEquals(their.toByteArray(), our.toByteArray(), type.toString());
    }
  }

  @Test
  void theFastestIsChosenWhereItIsOne() {
    Device cpu = Device.cpu();
    assertInstanceOf(
        NativeQuantizationKernels.class, QuantizationKernels.find(cpu, QuantizationFormat.NF4));
    assertInstanceOf(
        PortableQuantizationKernels.class, QuantizationKernels.find(cpu, QuantizationFormat.INT8));
    assertFalse(fast.supports(Device.gpu(), QuantizationFormat.NF4));
  }

  @Test
  void anotherTypeIsRefused() {
    NDArray values = manager.ones(new Shape(64));
    QuantizedBlocks blocks = fast.quantize(manager, values, QuantizationFormat.NF4, 64);
    assertThrows(
        ConfigurationException.class,
        () -> fast.dequantize(manager, blocks, new Shape(64), DataType.INT32));
  }
}
