// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Between stored floating-point elements and floats. Both methods run over all that remains in the
 * source and may be called from several threads.
 */
enum FloatCodec {
  F64 {
    @Override
    void decode(ByteBuffer source, FloatBuffer destination) {
      DoubleBuffer doubles = source.asDoubleBuffer();
      for (int i = 0, n = doubles.remaining(); i < n; i++) {
        destination.put(i, (float) doubles.get(i));
      }
    }

    @Override
    void encode(FloatBuffer source, ByteBuffer destination) {
      DoubleBuffer doubles = destination.asDoubleBuffer();
      for (int i = 0, n = source.remaining(); i < n; i++) {
        doubles.put(i, source.get(i));
      }
    }
  },
  F32 {
    @Override
    void decode(ByteBuffer source, FloatBuffer destination) {
      destination.put(0, source.asFloatBuffer(), 0, source.remaining() / Float.BYTES);
    }

    @Override
    void encode(FloatBuffer source, ByteBuffer destination) {
      destination.asFloatBuffer().put(0, source, 0, source.remaining());
    }
  },
  F16 {
    @Override
    void decode(ByteBuffer source, FloatBuffer destination) {
      ShortBuffer halves = source.asShortBuffer();
      for (int i = 0, n = halves.remaining(); i < n; i++) {
        destination.put(i, Float16.toFloat(halves.get(i)));
      }
    }

    @Override
    void encode(FloatBuffer source, ByteBuffer destination) {
      ShortBuffer halves = destination.asShortBuffer();
      for (int i = 0, n = source.remaining(); i < n; i++) {
        halves.put(i, Float16.fromFloat(source.get(i)));
      }
    }
  },
  BF16 {
    @Override
    void decode(ByteBuffer source, FloatBuffer destination) {
      ShortBuffer halves = source.asShortBuffer();
      for (int i = 0, n = halves.remaining(); i < n; i++) {
        destination.put(i, BFloat16.toFloat(halves.get(i)));
      }
    }

    @Override
    void encode(FloatBuffer source, ByteBuffer destination) {
      ShortBuffer halves = destination.asShortBuffer();
      for (int i = 0, n = source.remaining(); i < n; i++) {
        halves.put(i, BFloat16.fromFloat(source.get(i)));
      }
    }
  };

  /** Writes all of source's elements to the start of destination. */
  abstract void decode(ByteBuffer source, FloatBuffer destination);

  /** Writes all of source's floats to the start of destination. */
  abstract void encode(FloatBuffer source, ByteBuffer destination);

  /** The codec of a floating-point type. */
  static FloatCodec of(StoredType type) {
    return valueOf(type.name());
  }
}
