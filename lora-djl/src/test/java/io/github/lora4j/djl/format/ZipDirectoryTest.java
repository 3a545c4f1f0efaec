// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZipDirectoryTest {
  private static final int DATA = 30 + 1;
  private static final int CENTRAL = DATA + 5;

  @TempDir Path directory;

  @Test
  void zip64NumbersAreFollowed() throws IOException {
    assertEquals(Map.of("a", new ZipDirectory.Entry(DATA, 5)), read(zip64(5, CENTRAL)));
  }

  @Test
  void zip64NumbersBeyondTheFileAreRefused() {
    assertRefused(zip64(6, CENTRAL), "entry 'a' at byte 31 has 6 bytes");
    assertRefused(zip64(Long.MAX_VALUE, CENTRAL), "entry 'a' at byte 31 has");
    assertRefused(zip64(-1, CENTRAL), "entry 'a' at byte 31 has -1 bytes");
    assertRefused(zip64(5, Long.MAX_VALUE), "the zip directory at byte");
    assertRefused(zip64(5, CENTRAL + 1), "expected 02014b50");
  }

  @Test
  void aCompressedEntryIsRefused() throws IOException {
    Path path = directory.resolve("a.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
      zip.putNextEntry(new ZipEntry("data.pkl"));
      zip.write(new byte[100]);
    }
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> TorchPickle.open(path).close());
    assertTrue(e.getMessage().contains("'data.pkl' is compressed"), e.getMessage());
  }

  @Test
  void aCommentAtTheEndIsSkipped() throws IOException {
    byte[] zip = zip64(5, CENTRAL);
    byte[] commented = Arrays.copyOf(zip, zip.length + 3);
    commented[zip.length - 2] = 3;
    assertEquals(1, read(commented).size());
  }

  /** One entry "a" of five bytes, all of whose numbers are in zip64 fields. */
  private static byte[] zip64(long length, long centralPosition) {
    ByteBuffer zip = ByteBuffer.allocate(300).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).put(new byte[22]).putShort((short) 1).putShort((short) 0);
    zip.put((byte) 'a').put("hello".getBytes(StandardCharsets.US_ASCII));
    zip.putInt(0x02014b50).put(new byte[16]).putInt(-1).putInt(-1);
    zip.putShort((short) 1).putShort((short) 34).put(new byte[10]).putInt(-1).put((byte) 'a');
    zip.putShort((short) 0x5455).putShort((short) 2).putShort((short) 0);
    zip.putShort((short) 1).putShort((short) 24).putLong(length).putLong(length).putLong(0);
    int end = zip.position();
    zip.putInt(0x06064b50).putLong(44).put(new byte[12]).putLong(1).putLong(1);
    zip.putLong(end - CENTRAL).putLong(centralPosition);
    zip.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    zip.putInt(0x06054b50).put(new byte[4]).putInt(-1).putInt(-1).putInt(-1).putShort((short) 0);
    return Arrays.copyOf(zip.array(), zip.position());
  }

  private Map<String, ZipDirectory.Entry> read(byte[] bytes) throws IOException {
    Path path = Files.write(directory.resolve("a.zip"), bytes);
    try (CheckpointFile file = CheckpointFile.open(path)) {
      return ZipDirectory.read(file).entries();
    }
  }

  private void assertRefused(byte[] bytes, String message) {
    CheckpointException e = assertThrows(CheckpointException.class, () -> read(bytes));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
