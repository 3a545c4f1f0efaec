// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Changes inputs here and there, always in the same way from the same seed. */
final class Mutations {
  private static final int MOST_AT_ONCE = 4;

  /** Where readers of sizes and counts go wrong. */
  private static final long[] EDGES = {
    0,
    1,
    -1,
    0x7f,
    0x80,
    0xff,
    0xffff,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private final Random random;
  private final List<byte[]> seeds;

  Mutations(List<byte[]> seeds, long seed) {
    this.seeds = seeds;
    random = new Random(seed);
  }

  byte[] next() {
    byte[] input = any().clone();
    for (int i = 1 + random.nextInt(MOST_AT_ONCE); i > 0; i--) {
      input = mutated(input);
    }
    return input;
  }

  private byte[] any() {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] mutated(byte[] input) {
    if (input.length == 0) {
      return any().clone();
    }
    int at = random.nextInt(input.length);
    switch (random.nextInt(6)) {
      case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> input[at] = (byte) random.nextInt();
      case 2 -> edge(input, at);
      case 3 -> {
        return Arrays.copyOf(input, at);
      }
      case 4 -> {
        return replaced(input, at, digits());
      }
      default -> {
        return spliced(input, at);
      }
    }
    return input;
  }

  private void edge(byte[] input, int at) {
    int width = 1 << random.nextInt(4);
    byte[] value =
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(EDGES[random.nextInt(EDGES.length)])
            .array();
    System.arraycopy(value, 0, input, at, Math.min(width, input.length - at));
  }

  private byte[] digits() {
    return Long.toString(EDGES[random.nextInt(EDGES.length)]).getBytes();
  }

  private byte[] replaced(byte[] input, int at, byte[] text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(input, 0, at);
    bytes.writeBytes(text);
    int rest = Math.min(input.length, at + random.nextInt(text.length + 1));
    bytes.write(input, rest, input.length - rest);
    return bytes.toByteArray();
  }

  /** A piece of another input in between. */
  private byte[] spliced(byte[] input, int at) {
    byte[] other = any();
    int from = random.nextInt(Math.max(1, other.length));
    int length = Math.min(other.length - from, 1 + random.nextInt(64));
    return replaced(input, at, Arrays.copyOfRange(other, from, from + length));
  }
}
