// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.spi.AdamWStep;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.util.List;

/** How the moments of a parameter are kept, and so how it is stepped. */
enum StateFormat {
  /** Two float32 a value. */
  FLOAT32 {
    @Override
    List<Plane> planes() {
      return Plane.FLOAT32;
    }

    @Override
    void step(
        OptimizerKernels kernels,
        ByteBuffer parameter,
        ByteBuffer gradient,
        List<ByteBuffer> planes,
        AdamWStep step) {
      kernels.adamW(parameter, gradient, planes.get(0), planes.get(1), step);
    }
  },

  /** Two bytes a value and two float32 a block. */
  DYNAMIC8 {
    @Override
    List<Plane> planes() {
      return Plane.DYNAMIC8;
    }

    @Override
    void step(
        OptimizerKernels kernels,
        ByteBuffer parameter,
        ByteBuffer gradient,
        List<ByteBuffer> planes,
        AdamWStep step) {
      kernels.adamW8(
          parameter, gradient, planes.get(2), planes.get(0), planes.get(3), planes.get(1), step);
    }
  };

  /** Parameters of fewer values keep 32 bits (bitsandbytes: {@code min_8bit_size}). */
  private static final long SMALLEST_8BIT = 4096;

  /** The format of a parameter in an optimizer of 8 or 32 bits. */
  static StateFormat of(int bits, long values) {
    return bits == 8 && values >= SMALLEST_8BIT ? DYNAMIC8 : FLOAT32;
  }

  /** The tensors of a parameter's state, in the order in which they lie. */
  abstract List<Plane> planes();

  /** The bytes of the state of some values. */
  long bytes(long values) {
    return planes().stream().mapToLong(plane -> plane.bytes(values)).sum();
  }

  /** One step of a stretch of a parameter; the planes are its state, in order. */
  abstract void step(
      OptimizerKernels kernels,
      ByteBuffer parameter,
      ByteBuffer gradient,
      List<ByteBuffer> planes,
      AdamWStep step);
}
