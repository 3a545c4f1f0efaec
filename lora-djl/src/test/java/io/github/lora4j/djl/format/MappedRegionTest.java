// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedRegionTest {
  @TempDir Path directory;

  /** A sparse file of 2 GiB and a little, with a number on each side of the segments' borders. */
  @Test
  void elementsAreFoundOnBothSidesOfASegmentsBorder() throws IOException {
    Path path = directory.resolve("large");
    long start = 24;
    long[] positions = {0, (1L << 30) - 8, 1L << 30, (1L << 31) - 8, 1L << 31};
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long position : positions) {
        channel.write(buffer().putLong(0, ~position), start + position);
      }
    }
    try (CheckpointFile file = CheckpointFile.open(path)) {
      MappedRegion region = MappedRegion.map(file, start, file.size() - start);
      for (long position : positions) {
        ByteBuffer element = buffer();
        region.copy(position, 8, element);
        assertEquals(~position, element.getLong(0));
      }
    }
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
  }
}
