// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedBlocks;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The operators against the arithmetic written out one number at a time. */
class PortableQuantizationKernelsTest {
  private final PortableQuantizationKernels kernels = new PortableQuantizationKernels();
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** One element, odd, less than a block, blocks over rows, more than a run of blocks. */
  static Stream<Arguments> formatsAndShapes() {
    return Arrays.stream(QuantizationFormat.values())
        .flatMap(
            format ->
                Stream.of(
                    Arguments.of(format, 32, new Shape(1, 1)),
                    Arguments.of(format, 64, new Shape(65, 33)),
                    Arguments.of(format, 4096, new Shape(3, 7, 11)),
                    Arguments.of(format, 4096, new Shape(4, 4096)),
                    Arguments.of(format, 4096, new Shape(131, 4099)),
                    Arguments.of(format, 128, new Shape(8192))));
  }

  @ParameterizedTest
  @MethodSource("formatsAndShapes")
  void everyShapeFollowsTheArithmetic(QuantizationFormat format, int blockSize, Shape shape) {
    assertFollows(normal(shape.size()), shape, format, blockSize);
  }

  @ParameterizedTest
  @EnumSource(QuantizationFormat.class)
  void zerosStayZero(QuantizationFormat format) {
    float[] values = new float[64 + 5];
    assertFollows(values, new Shape(values.length), format, 64);
    QuantizedBlocks blocks = quantize(values, format);
    int zero = format.bits() == 4 ? format.zero() * 17 : format.zero();
    for (byte code : blocks.packed().toByteArray()) {
      assertEquals(zero, Byte.toUnsignedInt(code));
    }
    float[] numbers = numbers(blocks, new Shape(values.length));
    assertArrayEquals(values, numbers);
  }

  @ParameterizedTest
  @EnumSource(QuantizationFormat.class)
  void extremesFollowTheArithmetic(QuantizationFormat format) {
    for (float size : new float[] {1e-44f, 1e-39f, Float.MIN_NORMAL, 1e-30f, 1e18f, 3e38f}) {
      float[] values = new float[2 * 64 + 7];
      for (int i = 0; i < values.length; i++) {
        values[i] = size * ((i % 9 - 4) / 4f);
      }
      assertFollows(values, new Shape(values.length), format, 64);
    }
  }

  /** Numbers on the middles between codes, just below and just above. */
  @ParameterizedTest
  @EnumSource(QuantizationFormat.class)
  void tiesGoToTheLowerNumber(QuantizationFormat format) {
    float[] middles = Codebook.of(format).middles();
    float[] values = new float[4096];
    values[0] = 1;
    for (int i = 0; i < middles.length; i++) {
      float middle = middles[i] / format.divisor();
      values[1 + 3 * i] = Math.nextDown(middle);
      values[2 + 3 * i] = middle;
      values[3 + 3 * i] = Math.nextUp(middle);
    }
    assertFollows(values, new Shape(values.length), format, 4096);
  }

  @ParameterizedTest
  @EnumSource(QuantizationFormat.class)
  void aNumberThatIsNotFiniteShowsInTheScale(QuantizationFormat format) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (int at : new int[] {0, 63, 127, 128, 130}) {
        float[] values = normal(131);
        values[at] = bad;
        float[] absmax = quantize(values, format).absmax().toFloatArray();
        for (int block = 0; block < absmax.length; block++) {
          assertEquals(block != at / 64, Float.isFinite(absmax[block]));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(QuantizationFormat.class)
  void resultsOutsideGradientModeMayTakePartInTraining(QuantizationFormat format) {
    QuantizedBlocks blocks = quantize(normal(128), format);
    NDArray numbers = kernels.dequantize(manager, blocks, new Shape(2, 64), DataType.FLOAT32);
    assertFalse(numbers.hasGradient());
    numbers.muli(2); // an inference tensor of libtorch would refuse
    assertTrue(numbers.abs().max().getFloat() > 0);
  }

  private void assertFollows(
      float[] values, Shape shape, QuantizationFormat format, int blockSize) {
    ScalarReference reference = new ScalarReference(values, format, blockSize);
    NDArray weight = manager.create(values, shape);
    QuantizedBlocks blocks = kernels.quantize(manager, weight, format, blockSize);
    assertArrayEquals(reference.absmax, blocks.absmax().toFloatArray());
    assertArrayEquals(reference.packed(), blocks.packed().toByteArray());
    assertArrayEquals(format.code(), blocks.code().toFloatArray());
    assertArrayEquals(reference.numbers, numbers(blocks, shape));
    assertArrayEquals(values, weight.toFloatArray());
  }

  private QuantizedBlocks quantize(float[] values, QuantizationFormat format) {
    return kernels.quantize(manager, manager.create(values), format, 64);
  }

  private float[] numbers(QuantizedBlocks blocks, Shape shape) {
    NDArray numbers = kernels.dequantize(manager, blocks, shape, DataType.FLOAT32);
    assertEquals(shape, numbers.getShape());
    assertEquals(manager, numbers.getManager());
    return numbers.toFloatArray();
  }

  static float[] normal(long size) {
    Random random = new Random(size);
    float[] values = new float[(int) size];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
