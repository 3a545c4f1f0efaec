// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;

/** A mapped part of a file of any length; a single buffer ends at 2 GiB. */
final class MappedRegion {
  private static final int SEGMENT_BITS = 30;
  private static final long SEGMENT = 1L << SEGMENT_BITS;

  private final ByteBuffer[] segments;

  private MappedRegion(ByteBuffer[] segments) {
    this.segments = segments;
  }

  static MappedRegion map(CheckpointFile file, long position, long length) {
    ByteBuffer[] segments = new ByteBuffer[Math.toIntExact((length + SEGMENT - 1) >> SEGMENT_BITS)];
    for (int i = 0; i < segments.length; i++) {
      long begin = i * SEGMENT;
      segments[i] = file.view(position + begin, (int) Math.min(SEGMENT, length - begin));
    }
    return new MappedRegion(segments);
  }

  /** Appends the element at a multiple of its size (1, 2, 4 or 8 bytes) to destination. */
  void copy(long position, int elementBytes, ByteBuffer destination) {
    ByteBuffer segment = segments[(int) (position >> SEGMENT_BITS)];
    int at = (int) (position & (SEGMENT - 1));
    switch (elementBytes) {
      case 1 -> destination.put(segment.get(at));
      case 2 -> destination.putShort(segment.getShort(at));
      case 4 -> destination.putInt(segment.getInt(at));
      default -> destination.putLong(segment.getLong(at));
    }
  }
}
