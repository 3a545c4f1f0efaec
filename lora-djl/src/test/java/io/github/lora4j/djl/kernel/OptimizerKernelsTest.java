// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.NativeKernels.InstructionSet;
import io.github.lora4j.spi.AdamWStep;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The native steps against the portable ones, bit for bit. */
class OptimizerKernelsTest {
  private static final int[] SIZES = {1, 3, 16, 255, 256, 257, 1000, 4096, 70_001};
  private static final OptimizerKernels NATIVE = new TorchOptimizerKernels();

  private NativeKernels kernels;

  @BeforeEach
  void load() {
    try (NDManager manager = PyTorchEngine.newManager(Device.cpu())) {
      assumeTrue(NativeKernels.get().isPresent(), "built without a C compiler");
    }
    kernels = NativeKernels.get().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void float32StepsEqualThePortableOnes(InstructionSet set) {
    assertEqualSteps(set, false, List.of(0f, -0f, 1e30f, -1e-30f, 1e-42f));
  }

  @ParameterizedTest
  @EnumSource
  void eightBitStepsEqualThePortableOnes(InstructionSet set) {
    assertEqualSteps(set, true, List.of(0f, -0f, 1e15f, -1e-18f, 1e-42f));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotFiniteIsTreatedAlike(InstructionSet set) {
    List<Float> odd =
        List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e38f, -2e30f);
    assertEqualSteps(set, false, odd);
    assertEqualSteps(set, true, odd);
  }

  @Test
  void aDirectBufferIsNeededForTheNativeStep() {
    ByteBuffer direct = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
    ByteBuffer heap = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putFloat(0, 1f);
    NATIVE.adamW(heap, direct, direct.duplicate(), direct.duplicate(), step(1));
    assertEquals(0.99f, heap.getFloat(0));
  }

  private void assertEqualSteps(InstructionSet set, boolean eightBit, List<Float> odd) {
    InstructionSet before = kernels.use(set);
    try {
      for (int size : SIZES) {
        State portable = new State(size);
        State fast = new State(size);
        for (int step = 1; step <= 4; step++) {
          ByteBuffer gradient = gradient(size, step, odd);
          portable.step(OptimizerKernels.PORTABLE, eightBit, gradient, step);
          fast.step(NATIVE, eightBit, gradient, step);
          fast.assertSameBits(portable, set + ", " + size + " values, step " + step);
        }
      }
    } finally {
      kernels.use(before);
    }
  }

  /** Odd values lie in a third of the blocks, one block is all zeros. */
  private static ByteBuffer gradient(int size, int step, List<Float> odd) {
    Random random = new Random(step);
    ByteBuffer values = floats(size);
    for (int i = 0; i < size; i++) {
      int block = i / OptimizerKernels.BLOCK_SIZE;
      float value = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(6) - 4));
      if (block == 1) {
        value = 0;
      } else if (block % 3 == 0 && i % 7 == 0) {
        value = odd.get(random.nextInt(odd.size()));
      }
      values.putFloat(Float.BYTES * i, value);
    }
    return values;
  }

  private static AdamWStep step(int step) {
    return AdamWStep.of(step, 1e-2, 0.9, 0.999, 1e-8, 1);
  }

  private static ByteBuffer floats(int count) {
    return bytes(Float.BYTES * count);
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder());
  }

  /** A parameter and its moments, of either kind. */
  private static final class State {
    private final ByteBuffer parameter;
    private final List<ByteBuffer> moments = new ArrayList<>();
    private final List<ByteBuffer> codes = new ArrayList<>();
    private final List<ByteBuffer> absmax = new ArrayList<>();

    State(int size) {
      parameter = floats(size);
      Random random = new Random(9);
      for (int i = 0; i < size; i++) {
        parameter.putFloat(Float.BYTES * i, (float) random.nextGaussian());
      }
      int blocks = (size + OptimizerKernels.BLOCK_SIZE - 1) / OptimizerKernels.BLOCK_SIZE;
      for (int i = 0; i < 2; i++) {
        moments.add(floats(size));
        codes.add(bytes(size));
        absmax.add(floats(blocks));
      }
    }

    void step(OptimizerKernels kernels, boolean eightBit, ByteBuffer gradient, int step) {
      AdamWStep numbers = OptimizerKernelsTest.step(step);
      if (eightBit) {
        kernels.adamW8(
            parameter, gradient, codes.get(0), absmax.get(0), codes.get(1), absmax.get(1), numbers);
      } else {
        kernels.adamW(parameter, gradient, moments.get(0), moments.get(1), numbers);
      }
    }

    void assertSameBits(State expected, String where) {
      assertSameFloats(expected.parameter, parameter, where + ": parameter");
      for (int i = 0; i < 2; i++) {
        assertSameFloats(expected.moments.get(i), moments.get(i), where + ": moment " + i);
        assertSameFloats(expected.absmax.get(i), absmax.get(i), where + ": absmax " + i);
        assertEquals(-1, expected.codes.get(i).mismatch(codes.get(i)), where + ": codes " + i);
      }
    }

    /** Of two values that are no number the bits may differ. */
    private static void assertSameFloats(ByteBuffer expected, ByteBuffer actual, String where) {
      for (int at = 0; at < expected.limit(); at += Float.BYTES) {
        int index = at;
        assertTrue(
            Float.floatToIntBits(expected.getFloat(at))
                == Float.floatToIntBits(actual.getFloat(at)),
            () ->
                "%s %d: expected %s, was %s"
                    .formatted(where, index / 4, expected.getFloat(index), actual.getFloat(index)));
      }
    }
  }
}
