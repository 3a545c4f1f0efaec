// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.kernel.NativeKernels.FloatType;
import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;
import io.github.lora4j.djl.kernel.NativeKernels.InstructionSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every instruction set against libtorch's own operators and against the plain C. */
class NativeKernelsTest {
  private NDManager manager;
  private NativeKernels kernels;
  private InstructionSet before;

  @BeforeEach
  void open() {
    manager = PyTorchEngine.newManager(Device.cpu());
    assumeTrue(NativeKernels.get().isPresent(), "built without a C compiler");
    kernels = NativeKernels.get().orElseThrow();
    before = kernels.instructionSet();
  }

  @AfterEach
  void close() {
    if (before != null) {
      kernels.use(before);
    }
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "1,5,3", "1,64,128", "2,7,33", "3,130,257", "4,65,96", "9,33,200"})
  void float32ProductEqualsLibtorchs(int batch, int rows, int columns) {
    NDArray w = manager.randomNormal(new Shape(rows, columns));
    NDArray x = manager.randomNormal(new Shape(batch, columns));
    NDArray bias = manager.randomNormal(new Shape(rows));
    NDArray expected = x.matMul(w.transpose()).add(bias);
    for (InstructionSet set : available()) {
      NDArray y = manager.ones(new Shape(batch, rows));
      kernels.productF32(at(w), rows, columns, at(x), batch, at(y), at(bias), true);
      assertClose(expected.add(1), y, 1e-4f, set.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1,64,128,64",
    "1,7,192,64",
    "2,31,256,128",
    "3,9,4096,4096",
    "4,16,33,64",
    "5,5,70,32",
    "1,3,65536,64",
    "6,12,128,32",
    "1,1,1,64"
  })
  void fourBitProductEqualsTheProductWithItsValues(int batch, int rows, int columns, int block) {
    NDArray x = manager.randomNormal(new Shape(batch, columns));
    for (boolean fp4 : new boolean[] {false, true}) {
      FourBit w = quantize(manager.randomNormal(new Shape(rows, columns)), block, fp4);
      NDArray expected = x.matMul(dequantize(w).reshape(rows, columns).transpose());
      for (InstructionSet set : available()) {
        NDArray y = manager.zeros(new Shape(batch, rows));
        kernels.product4Bit(w.addresses(), rows, columns, at(x), batch, at(y), 0, false);
        assertClose(expected, y, 2e-3f, set + " fp4 " + fp4);
      }
    }
  }

  @Test
  void everyInstructionSetGivesTheSameCodesAndValues() {
    NDArray w = manager.randomNormal(new Shape(4099));
    for (boolean fp4 : new boolean[] {false, true}) {
      kernels.use(InstructionSet.PLAIN);
      FourBit plain = quantize(w, 64, fp4);
      byte[] codes = plain.packed.toByteArray();
      float[] values = dequantize(plain).toFloatArray();
      for (InstructionSet set : available()) {
        FourBit other = quantize(w, 64, fp4);
        assertArrayEquals(codes, other.packed.toByteArray(), set.toString());
        assertArrayEquals(values, dequantize(other).toFloatArray(), set.toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = FloatType.class, names = "FLOAT32", mode = EnumSource.Mode.EXCLUDE)
  void sixteenBitValuesAreTheRoundedFloat32Values(FloatType type) {
    FourBit w = quantize(manager.randomNormal(new Shape(2051)).mul(1e-4f), 64, false);
    float[] exact = dequantize(w).toFloatArray();
    short[] expected = new short[exact.length];
    for (int i = 0; i < exact.length; i++) {
      expected[i] = type == FloatType.FLOAT16 ? toFloat16(exact[i]) : toBFloat16(exact[i]);
    }
    for (InstructionSet set : available()) {
      NDArray raw = manager.zeros(new Shape(2051 * 2), DataType.UINT8);
      kernels.dequantize4Bit(w.addresses(), 2051, at(raw), type);
      short[] actual = new short[exact.length];
      raw.toByteBuffer().order(java.nio.ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(actual);
      assertArrayEquals(expected, actual, set.toString());
    }
  }

  @Test
  void strangeValuesShowInTheScale() {
    for (InstructionSet set : available()) {
      NDArray w = manager.ones(new Shape(256));
      w.set(new float[256]);
      w.set(new ai.djl.ndarray.index.NDIndex("70"), Float.NaN);
      w.set(new ai.djl.ndarray.index.NDIndex("140"), Float.NEGATIVE_INFINITY);
      float[] absmax = quantize(w, 64, false).absmax.toFloatArray();
      assertEquals(0, absmax[0], set.toString());
      assertTrue(Float.isNaN(absmax[1]), set.toString());
      assertEquals(Float.POSITIVE_INFINITY, absmax[2], set.toString());
    }
  }

  @Test
  void anArrayThatIsNotContiguousHasNoAddress() {
    NDArray transposed = manager.ones(new Shape(3, 4)).transpose();
    assertThrows(IllegalArgumentException.class, () -> kernels.address(transposed));
  }

  @Test
  void switchedOffThereAreNone() {
    assertTrue(NativeKernels.load("off").isEmpty());
    assertTrue(NativeKernels.load("OFF").isEmpty());
  }

  @Test
  void aSwitchWithNoSuchValueIsRefused() {
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> NativeKernels.load("sse9"));
    assertEquals(
        "-Dio.github.lora4j.native=sse9: expected auto, avx512, avx2, plain or off",
        e.getMessage());
  }

  @Test
  void theLargestIsTheFirstAmongEqualsAndANanIsLargerThanAll() {
    for (InstructionSet set : available()) {
      float[] rows = new float[3 * 37];
      rows[11] = 2;
      rows[30] = 2;
      java.util.Arrays.fill(rows, 37, 74, Float.NEGATIVE_INFINITY);
      rows[74 + 5] = Float.NaN;
      rows[74 + 36] = 7;
      rows[74 + 35] = Float.NaN;
      NDArray x = manager.create(rows);
      assertArrayEquals(new int[] {11, 0, 5}, kernels.argmax(at(x), 3, 37), set.toString());
    }
  }

  private List<InstructionSet> availableSets() {
    List<InstructionSet> sets = new ArrayList<>();
    for (InstructionSet set : InstructionSet.values()) {
      kernels.use(set);
      if (kernels.instructionSet() == set) {
        sets.add(set);
      }
    }
    return sets;
  }

  /** The sets of this processor, each in use when it is handed out. */
  private Iterable<InstructionSet> available() {
    List<InstructionSet> sets = availableSets();
    return () ->
        sets.stream()
            .map(
                set -> {
                  kernels.use(set);
                  return set;
                })
            .iterator();
  }

  private long at(NDArray array) {
    return kernels.address(array);
  }

  private FourBit quantize(NDArray w, int block, boolean fp4) {
    long n = w.size();
    NDArray packed = manager.zeros(new Shape((n + 1) / 2), DataType.UINT8);
    NDArray absmax = manager.zeros(new Shape((n + block - 1) / block));
    kernels.quantize4Bit(at(w), n, block, fp4, at(packed), at(absmax));
    return new FourBit(packed, absmax, block, fp4, n);
  }

  private NDArray dequantize(FourBit w) {
    NDArray out = manager.zeros(new Shape(w.n));
    kernels.dequantize4Bit(w.addresses(), w.n, at(out), FloatType.FLOAT32);
    return out;
  }

  private static void assertClose(NDArray expected, NDArray actual, float limit, String what) {
    float worst = expected.sub(actual).abs().max().getFloat();
    assertTrue(worst <= limit, what + ": " + worst);
  }

  private static short toBFloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  /**
   * By search among the neighbours of the truncated value, so that it shares no code with the C.
   */
  private static short toFloat16(float value) {
    int best = 0;
    double distance = Double.MAX_VALUE;
    for (int code = 0; code < 0x7c00; code++) {
      double d = Math.abs(Math.abs((double) value) - valueOf(code));
      if (d < distance || (d == distance && code % 2 == 0)) {
        best = code;
        distance = d;
      }
    }
    return (short) (best | (Float.floatToRawIntBits(value) >>> 16 & 0x8000));
  }

  private static double valueOf(int code) {
    int exponent = code >> 10;
    int mantissa = code & 0x3ff;
    return exponent == 0
        ? mantissa * 0x1p-24
        : (1 + mantissa / 1024.0) * Math.pow(2, exponent - 15);
  }

  private final class FourBit {
    private final NDArray packed;
    private final NDArray absmax;
    private final int block;
    private final boolean fp4;
    private final long n;

    FourBit(NDArray packed, NDArray absmax, int block, boolean fp4, long n) {
      this.packed = packed;
      this.absmax = absmax;
      this.block = block;
      this.fp4 = fp4;
      this.n = n;
    }

    FourBitAddresses addresses() {
      return new FourBitAddresses(at(packed), fp4, block, at(absmax), 0, 0, 0f);
    }
  }
}
