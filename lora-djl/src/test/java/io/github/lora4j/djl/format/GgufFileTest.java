// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
  private static final byte[] SIX_FLOATS = new byte[24];

  @TempDir private Path directory;

  private Path path() {
    return directory.resolve("model.gguf");
  }

  private static GgufBytes valid() {
    return new GgufBytes()
        .text("general.architecture", "llama")
        .entry("a.float", 6, GgufBytes.int32(Float.floatToIntBits(1e-5f)))
        .entry("a.count", 4, GgufBytes.int32(-1))
        .entry("a.list", 9, list(8, 2, GgufBytes.text("one"), GgufBytes.text("zwei")))
        .tensor("t", 0, SIX_FLOATS, 3, 2)
        .tensor("u", 8, new byte[34], 32);
  }

  private static byte[] list(int type, long count, byte[]... items) {
    byte[] all = concat(GgufBytes.int32(type), GgufBytes.int64(count));
    for (byte[] item : items) {
      all = concat(all, item);
    }
    return all;
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @Test
  void metadataAndTensorsAreRead() {
    try (GgufFile file = GgufFile.open(valid().write(path()))) {
      HuggingFaceConfig metadata = file.metadata();
      assertEquals("llama", metadata.string("general.architecture"));
      assertEquals(1e-5, metadata.doubleValue("a.float"), "the shortest decimal of the float");
      assertEquals(4294967295.0, metadata.doubleValue("a.count"));
      assertEquals(List.of("one", "zwei"), metadata.stringList("a.list"));
      assertEquals(List.of("t", "u"), file.names());
      assertEquals(new Shape(2, 3), file.tensor("t").shape());
      assertEquals(new Shape(1, 34), file.tensor("u").stored().shape());
      assertThrows(CheckpointException.class, () -> file.tensor("v"));
    }
  }

  @Test
  void aFileCutShortAnywhereIsRefused() throws IOException {
    byte[] bytes = valid().bytes();
    int end = bytes.length - 30; // what follows the last tensor's 34 bytes is padding
    for (int length = 0; length < end; length++) {
      Files.write(path(), Arrays.copyOf(bytes, length));
      assertThrows(CheckpointException.class, () -> GgufFile.open(path()), "length " + length);
    }
  }

  @Test
  void damagedBytesAreRefusedOrRead() throws IOException {
    byte[] bytes = valid().bytes();
    Random random = new Random(1);
    for (int i = 0; i < 4000; i++) {
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      damaged[random.nextInt(damaged.length)] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
      Files.write(path(), damaged);
      try (GgufFile file = GgufFile.open(path())) {
        file.names().forEach(name -> file.tensor(name).stored().bytes());
      } catch (CheckpointException e) {
        assertTrue(e.getMessage().startsWith(path().toString()), e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 1000})
  void countsThatTheFileCannotHoldAreRefused(long count) throws IOException {
    for (int at : new int[] {8, 16}) { // tensors, entries
      byte[] bytes = valid().bytes();
      System.arraycopy(GgufBytes.int64(count), 0, bytes, at, Long.BYTES);
      Files.write(path(), bytes);
      assertRefused("the number of");
    }
    refused(new GgufBytes().entry("k", 9, list(4, count)), "elements of k");
    refused(new GgufBytes().entry("k", 8, GgufBytes.int64(count)), "length of k");
  }

  @Test
  void whatIsNoGgufIsRefused() throws IOException {
    Files.write(path(), "GGML and more".getBytes());
    assertRefused("GGUF");
    for (int version : new int[] {0, 1, 4, 3 << 24}) {
      byte[] bytes = valid().bytes();
      System.arraycopy(GgufBytes.int32(version), 0, bytes, 4, Integer.BYTES);
      Files.write(path(), bytes);
      assertRefused(version == 3 << 24 ? "big-endian" : "version " + version);
    }
  }

  @Test
  void tensorsThatCannotBeAreRefused() {
    refused(new GgufBytes().tensor("t", 13, new byte[176], 256), "type 13");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS, 3, 2, 1, 1, 1), "dimensions");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS), "dimensions");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS, 3, -2), "shape");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS, 0, 2), "shape");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS, 1L << 62, 1L << 62), "shape");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS, 1L << 61, 3), "shape");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS, 3, 3), "36 bytes");
    refused(new GgufBytes().tensor("t", 8, new byte[34], 33), "multiple of 32");
    refused(new GgufBytes().tensorAt(8, "t", 0, SIX_FLOATS, 3), "multiple of 32");
    refused(new GgufBytes().tensorAt(-32, "t", 0, SIX_FLOATS, 3), "\"t\"");
    refused(new GgufBytes().tensorAt(Long.MAX_VALUE - 31, "t", 0, SIX_FLOATS, 3), "\"t\"");
    refused(new GgufBytes().tensor("t", 0, SIX_FLOATS, 3).tensor("t", 0, SIX_FLOATS, 3), "twice");
  }

  @Test
  void metadataThatCannotBeIsRefused() {
    refused(new GgufBytes().text("k", "v").text("k", "v"), "twice");
    refused(new GgufBytes().entry("k", 13, GgufBytes.int32(0)), "unknown type 13");
    refused(new GgufBytes().entry("k", 9, list(9, 0)), "array of arrays");
    refused(new GgufBytes().entry("general.alignment", 4, GgufBytes.int32(0)), "general.alignment");
  }

  @Test
  void rowsOfPlainTypesCanBeReordered() throws IOException {
    byte[] rows = new byte[24];
    for (int i = 0; i < 6; i++) {
      System.arraycopy(GgufBytes.int32(Float.floatToIntBits(i)), 0, rows, 4 * i, 4);
    }
    new GgufBytes().tensor("t", 0, rows, 2, 3).write(path());
    try (GgufFile file = GgufFile.open(path())) {
      StoredTensor turned = file.tensor("t").withRows(new int[] {2, 0, 1}).stored();
      assertArrayEquals(new float[] {4, 5, 0, 1, 2, 3}, turned.toFloatArray());
    }
  }

  private void refused(GgufBytes file, String named) {
    file.write(path());
    assertRefused(named);
  }

  private void assertRefused(String named) {
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> GgufFile.open(path()).close());
    assertTrue(e.getMessage().contains(named), e.getMessage());
  }
}
