// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files were saved by torch 2.13: {@code torch.save(dict, path)}. */
class TorchPickleTest {
  @TempDir Path directory;

  @Test
  void stridedTensorsAreReadInRowMajorOrder() {
    try (NDManager manager = NDManager.newBaseManager();
        TorchPickle file = TorchPickle.open(Golden.torch("kinds.bin"))) {
      assertTensor(file, "contiguous", new Shape(3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
      assertTensor(file, "transposed", new Shape(4, 3), 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
      assertTensor(
          file,
          "permuted",
          new Shape(4, 2, 3),
          0,
          4,
          8,
          12,
          16,
          20,
          1,
          5,
          9,
          13,
          17,
          21,
          2,
          6,
          10,
          14,
          18,
          22,
          3,
          7,
          11,
          15,
          19,
          23);
      assertArrayEquals(
          new long[] {1, 2, 3, 6, 7, 8, 11, 12, 13, 16, 17, 18},
          file.tensor("strided").toNDArray(manager).toLongArray());
      assertEquals(24, file.tensor("permuted").bytes().asShortBuffer().remaining());
      float[] part = new float[4];
      file.tensor("transposed").readFloats(4, part, 0, 4);
      assertArrayEquals(new float[] {5, 9, 2, 6}, part);
    }
  }

  @Test
  void tensorsThatShareAStorageReadTheirPartsOfIt() {
    try (TorchPickle file = TorchPickle.open(Golden.torch("kinds.bin"))) {
      assertTensor(file, "shared.all", new Shape(10), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
      assertTensor(file, "shared.first", new Shape(3), 2, 3, 4);
      assertTensor(file, "shared.step", new Shape(3), 1, 4, 7);
    }
  }

  @Test
  void scalarsParametersAndEmptyTensorsAreTensors() {
    try (TorchPickle file = TorchPickle.open(Golden.torch("kinds.bin"))) {
      assertTensor(file, "scalar", new Shape(), 7.25f);
      assertTensor(file, "parameter", new Shape(2), 1.5f, -2.5f);
      assertTensor(file, "empty", new Shape(0, 3));
    }
  }

  /** Bits: what torch gives for {@code tensor.float()}. */
  @Test
  void everyFloatingPointTypeWidensAsInTorch() {
    try (TorchPickle file = TorchPickle.open(Golden.torch("kinds.bin"))) {
      assertEquals(StoredType.BF16, file.tensor("bf16").type());
      assertArrayEquals(
          new int[] {1065353216, -1096155136, 2137128960, 2139095040, 65536},
          bits(file.tensor("bf16").toFloatArray()));
      assertEquals(StoredType.F16, file.tensor("f16").type());
      assertArrayEquals(
          new int[] {1065353216, -1096122368, 1199562752, -8388608, 864026624},
          bits(file.tensor("f16").toFloatArray()));
      assertArrayEquals(
          new float[] {1 / 3f, Float.NEGATIVE_INFINITY}, file.tensor("f64").toFloatArray());
    }
  }

  @Test
  void everyTypeBecomesAnArrayOfItsOwn() {
    try (NDManager manager = NDManager.newBaseManager();
        TorchPickle file = TorchPickle.open(Golden.torch("kinds.bin"))) {
      assertArrayEquals(new double[] {1 / 3d, -1e300}, array(file, "f64", manager).toDoubleArray());
      assertArrayEquals(
          new long[] {-(1L << 62), 1L << 62}, array(file, "i64", manager).toLongArray());
      assertArrayEquals(new int[] {-5, 1 << 30}, array(file, "i32", manager).toIntArray());
      assertArrayEquals(new byte[] {-5, 100}, array(file, "i8", manager).toByteArray());
      assertArrayEquals(new int[] {5, 250}, array(file, "u8", manager).toUint8Array());
      assertArrayEquals(
          new boolean[] {true, false, true}, array(file, "bool", manager).toBooleanArray());
      assertEquals(DataType.FLOAT16, array(file, "f16", manager).getDataType());
      assertEquals(DataType.FLOAT32, array(file, "bf16", manager).getDataType());
      int arrays = manager.getManagedArrays().size();
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> array(file, "i16", manager));
      assertTrue(e.getMessage().contains("'i16' is I16"), e.getMessage());
      assertEquals(arrays, manager.getManagedArrays().size());
    }
  }

  @Test
  void theStateDictOfAModuleIsRead() {
    try (TorchPickle file = TorchPickle.open(Golden.torch("state_dict.bin"))) {
      assertEquals(
          List.of(
              "0.weight",
              "0.bias",
              "1.weight",
              "1.bias",
              "1.running_mean",
              "1.running_var",
              "1.num_batches_tracked"),
          file.names());
      assertTensor(
          file,
          "0.weight",
          new Shape(3, 2),
          -0.005293981172144413f,
          0.37932288646698f,
          -0.5819807648658752f,
          -0.5203874707221985f,
          -0.27234524488449097f,
          0.1896158903837204f);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "malicious.bin | 'posix.system', which is not among the names",
        "complex.bin | 'torch.ComplexFloatStorage'",
        "legacy.bin | format before torch 1.6",
        "expanded.bin | has more elements than its storage, save it contiguous",
        "nested.bin | 'model' is no tensor",
        "not_only_tensors.bin | 'step' is no tensor",
        "protocol4.bin | protocol 4, expected 2",
      })
  void whatIsNoStateDictIsRefused(String name, String message) {
    assertRefused(Golden.torch(name), message);
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    assertRefused(Files.write(directory.resolve("a.bin"), new byte[0]), "no archive of torch.save");
    assertRefused(Golden.path("models/llama/model.safetensors"), "no archive of torch.save");
    assertRefused(directory.resolve("none.bin"), "not found");
  }

  @Test
  void aStorageLongerThanItsEntryIsRefused() throws IOException {
    // BININT1 12, the storage of 'contiguous', becomes 200.
    byte[] bytes = Files.readAllBytes(Golden.torch("kinds.bin"));
    int at = indexOf(bytes, "cpu") + 3;
    while (bytes[at] != 'K') {
      at++;
    }
    assertEquals(12, bytes[at + 1]);
    bytes[at + 1] = (byte) 200;
    assertRefused(Files.write(directory.resolve("a.bin"), bytes), "storage '0' has 48 bytes");
  }

  @Test
  void aBigEndianFileIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(Golden.torch("kinds.bin"));
    byte[] big = "big   ".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(big, 0, bytes, indexOf(bytes, "little"), big.length);
    assertRefused(Files.write(directory.resolve("a.bin"), bytes), "byte order 'big");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.torch("kinds.bin"));
    Path path = directory.resolve("a.bin");
    for (int length = 0; length < whole.length; length += 13) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertRefused(path, "a.bin");
    }
  }

  /** Whatever a byte becomes, the answer is an exception of ours or tensors that can be read. */
  @Test
  void aChangedByteIsRefusedOrLeavesAReadableFile() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.torch("kinds.bin"));
    Path path = directory.resolve("a.bin");
    Random random = new Random(11);
    int refused = 0;
    for (int at = 0; at < whole.length; at += 3) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(path, damaged);
      try (TorchPickle file = TorchPickle.open(path)) {
        file.names().forEach(name -> file.tensor(name).bytes());
      } catch (CheckpointException e) {
        refused++;
      }
    }
    assertTrue(refused > whole.length / 12, refused + " refused");
  }

  @Test
  void theBloomCheckpointIsReadAsTorchReadsIt() {
    try (TorchPickle file = TorchPickle.open(Golden.path("loading/bloom-bin/pytorch_model.bin"))) {
      assertEquals("word_embeddings.weight", file.names().get(0));
      assertEquals(29, file.names().size());
      StoredTensor embedding = file.tensor("word_embeddings.weight");
      assertEquals(StoredType.F16, embedding.type());
      assertEquals(new Shape(131, 48), embedding.shape());
      assertArrayEquals(
          new int[] {0xbe3c2000, 0xbe196000, 0x3decc000, 0xbe856000},
          bits(Arrays.copyOf(embedding.toFloatArray(), 4)));
    }
  }

  private static NDArray array(TorchPickle file, String name, NDManager manager) {
    return file.tensor(name).toNDArray(manager);
  }

  private static void assertTensor(TorchPickle file, String name, Shape shape, float... values) {
    assertEquals(shape, file.tensor(name).shape());
    assertArrayEquals(values, file.tensor(name).toFloatArray(), name);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray array = file.tensor(name).toFloat32(manager);
      assertEquals(shape, array.getShape());
      assertArrayEquals(values, array.toFloatArray(), name);
    }
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }

  private static void assertRefused(Path path, String message) {
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> TorchPickle.open(path).close());
    assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
