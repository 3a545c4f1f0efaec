// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.djl.format.Float16;
import io.github.lora4j.djl.format.GgufType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** ggml's blocks in plain Java, one number at a time. */
final class GgmlReference {
  private GgmlReference() {}

  static int[] scales(GgufType type) {
    return switch (type) {
      case Q4_K -> new int[] {0, 2};
      case Q6_K -> new int[] {208};
      default -> new int[] {0};
    };
  }

  static float[] numbers(GgufType type, byte[] bytes) {
    int blocks = bytes.length / type.blockBytes();
    float[] numbers = new float[blocks * type.blockSize()];
    for (int block = 0; block < blocks; block++) {
      ByteBuffer b =
          ByteBuffer.wrap(bytes, block * type.blockBytes(), type.blockBytes())
              .slice()
              .order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < type.blockSize(); i++) {
        numbers[block * type.blockSize() + i] = number(type, b, i);
      }
    }
    return numbers;
  }

  private static float number(GgufType type, ByteBuffer b, int i) {
    return switch (type) {
      case Q4_0 -> half(b, 0) * ((i < 16 ? at(b, 2 + i) & 15 : at(b, 2 + i - 16) >> 4) - 8);
      case Q8_0 -> half(b, 0) * b.get(2 + i);
      case Q4_K -> fourBit(b, i);
      case Q6_K -> sixBit(b, i);
      default -> throw new IllegalArgumentException(type.name());
    };
  }

  private static float fourBit(ByteBuffer b, int i) {
    int group = i / 32;
    int packed = at(b, 16 + i / 64 * 32 + i % 32);
    int code = group % 2 == 0 ? packed & 15 : packed >> 4;
    int scale;
    int minimum;
    if (group < 4) {
      scale = at(b, 4 + group) & 63;
      minimum = at(b, 8 + group) & 63;
    } else {
      scale = at(b, 8 + group) & 15 | at(b, group) >> 6 << 4;
      minimum = at(b, 8 + group) >> 4 | at(b, 4 + group) >> 6 << 4;
    }
    return half(b, 0) * scale * code - half(b, 2) * minimum;
  }

  private static float sixBit(ByteBuffer b, int i) {
    int part = i / 128; // of 64 low bytes, 32 high bytes and 8 scales
    int within = i % 128;
    int quarter = within / 32;
    int lows = at(b, part * 64 + within % 64);
    int low = quarter < 2 ? lows & 15 : lows >> 4;
    int high = at(b, 128 + part * 32 + within % 32) >> 2 * quarter & 3;
    byte scale = b.get(192 + part * 8 + within / 16);
    return half(b, 208) * scale * ((low | high << 4) - 32);
  }

  private static int at(ByteBuffer b, int index) {
    return Byte.toUnsignedInt(b.get(index));
  }

  private static float half(ByteBuffer b, int index) {
    return Float16.toFloat(b.getShort(index));
  }
}
