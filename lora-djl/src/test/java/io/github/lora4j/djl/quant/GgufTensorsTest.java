// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.Float16;
import io.github.lora4j.djl.format.GgufBytes;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.GgufTensor;
import io.github.lora4j.djl.format.GgufType;
import io.github.lora4j.quant.PackedTensor;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operators make of blocks of random bytes, against ggml's arithmetic in plain Java. */
class GgufTensorsTest {
  private static final int ROWS = 300; // with 512 columns, more than the operators take at once
  private static final int COLUMNS = 512;

  @TempDir private Path directory;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"Q4_0, 2", "Q8_0, 8", "Q4_K, 12", "Q6_K, 14"})
  void everyBitIsGgmls(GgufType type, int code) {
    byte[] bytes = randomBlocks(type);
    try (GgufFile file = file(code, bytes)) {
      GgufTensor tensor = file.tensor("w");
      assertEquals(type, tensor.type());
      try (PackedTensor packed = GgufTensors.read(manager, tensor)) {
        float[] numbers = packed.dequantize(manager, DataType.FLOAT32).toFloatArray();
        assertArrayEquals(GgmlReference.numbers(type, bytes), numbers);
        assertEquals(bytes.length, packed.sizeInBytes());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"Q4_0, 2", "Q6_K, 14"})
  void rowsComeInTheOrderAskedFor(GgufType type, int code) {
    int[] order = new Random(5).ints(0, ROWS).distinct().limit(ROWS).toArray();
    byte[] bytes = randomBlocks(type);
    try (GgufFile file = file(code, bytes)) {
      float[] all = GgmlReference.numbers(type, bytes);
      float[] expected = new float[all.length];
      for (int row = 0; row < ROWS; row++) {
        System.arraycopy(all, order[row] * COLUMNS, expected, row * COLUMNS, COLUMNS);
      }
      GgufTensor turned = file.tensor("w").withRows(order);
      assertArrayEquals(expected, GgufTensors.toFloat32(manager, turned).toFloatArray());
    }
  }

  @ParameterizedTest
  @CsvSource({"Q4_0, 2, 0", "Q8_0, 8, 0", "Q4_K, 12, 0", "Q4_K, 12, 2", "Q6_K, 14, 208"})
  void aScaleThatIsNotFiniteIsRefused(GgufType type, int code, int at) {
    byte[] bytes = randomBlocks(type);
    bytes[7 * type.blockBytes() + at] = 1;
    bytes[7 * type.blockBytes() + at + 1] = (byte) 0xfc;
    try (GgufFile file = file(code, bytes)) {
      CheckpointException e =
          assertThrows(
              CheckpointException.class, () -> GgufTensors.read(manager, file.tensor("w")));
      assertTrue(e.getMessage().contains("\"w\""), e.getMessage());
      assertTrue(e.getMessage().contains("block 7"), e.getMessage());
    }
  }

  @Test
  void halvesOfEveryExponentAreExact() {
    int halves = 0x7c00;
    byte[] bytes = new byte[2 * halves * GgufType.Q8_0.blockBytes()];
    for (int i = 0; i < 2 * halves; i++) {
      int bits = i < halves ? i : 0x8000 | i - halves;
      int block = i * GgufType.Q8_0.blockBytes();
      bytes[block] = (byte) bits;
      bytes[block + 1] = (byte) (bits >> 8);
      bytes[block + 2] = 1;
    }
    Path path = directory.resolve("halves.gguf");
    new GgufBytes().tensor("w", 8, bytes, 32, 2 * halves).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      float[] numbers = GgufTensors.toFloat32(manager, file.tensor("w")).toFloatArray();
      for (int i = 0; i < 2 * halves; i++) {
        int bits = i < halves ? i : 0x8000 | i - halves;
        assertEquals(Float16.toFloat((short) bits), numbers[32 * i]);
      }
    }
  }

  private GgufFile file(int code, byte[] bytes) {
    Path path = directory.resolve("w.gguf");
    new GgufBytes().tensor("w", code, bytes, COLUMNS, ROWS).write(path);
    return GgufFile.open(path);
  }

  private static byte[] randomBlocks(GgufType type) {
    byte[] bytes = new byte[ROWS * COLUMNS / type.blockSize() * type.blockBytes()];
    new Random(9).nextBytes(bytes);
    for (int block = 0; block < bytes.length; block += type.blockBytes()) {
      for (int scale : GgmlReference.scales(type)) {
        bytes[block + scale + 1] &= (byte) 0xbf; // below 2
      }
    }
    return bytes;
  }
}
