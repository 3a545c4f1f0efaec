// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {
  private static final String WEIGHT = "model.layers.0.mlp.down_proj.weight";

  @TempDir Path directory;

  static Stream<Path> goldenFiles() {
    return Golden.safetensors().stream();
  }

  /** DJL's own reader knows F32 and integers; where it can read, both must agree. */
  @ParameterizedTest
  @MethodSource("goldenFiles")
  void goldenFilesReadAsDjlReadsThem(Path path) throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals("PyTorch", manager.getEngine().getEngineName());
      List<StoredTensor> tensors = file.names().stream().map(file::tensor).toList();
      assertTrue(tensors.size() > 1);
      if (tensors.stream().anyMatch(tensor -> tensor.type() == StoredType.BF16)) {
        return;
      }
      NDList expected = NDList.decode(manager, Files.readAllBytes(path));
      assertEquals(expected.size(), tensors.size());
      for (NDArray array : expected) {
        StoredTensor tensor = file.tensor(array.getName());
        NDArray read = tensor.toNDArray(manager);
        assertEquals(array.getDataType(), read.getDataType());
        assertEquals(array.getShape(), read.getShape());
        assertEquals(array.toByteBuffer(), read.toByteBuffer(), tensor.name());
      }
    }
  }

  /** Expected bits: what torch gives for {@code tensor.float()}. */
  @Test
  void halfPrecisionWeightsWidenToTheFloatsOfTorch() {
    try (NDManager manager = NDManager.newBaseManager();
        SafetensorsFile half =
            SafetensorsFile.open(Golden.path("loading/llama-fp16/model.safetensors"));
        Checkpoint brain = Checkpoint.open(Golden.path("loading/llama-sharded-bf16"))) {
      assertArrayEquals(
          new int[] {0x3de66000, 0xbd8d6000, 0x3d6dc000, 0xbe12a000},
          firstBits(half.tensor(WEIGHT).toFloat32(manager), 4));
      assertArrayEquals(
          new int[] {0x3de60000, 0xbd8d0000, 0x3d6e0000, 0xbe130000},
          firstBits(brain.tensor(WEIGHT).toFloat32(manager), 4));
      assertEquals(DataType.FLOAT32, brain.tensor(WEIGHT).toNDArray(manager).getDataType());
      assertEquals(DataType.FLOAT16, half.tensor(WEIGHT).toNDArray(manager).getDataType());
    }
  }

  @Test
  void readingLeavesOneArrayPerTensorAndNothingElse() {
    try (NDManager manager = NDManager.newBaseManager();
        SafetensorsFile file =
            SafetensorsFile.open(Golden.path("loading/llama-fp16/model.safetensors"))) {
      int before = manager.getManagedArrays().size();
      for (String name : file.names()) {
        file.tensor(name).toFloat32(manager);
        file.tensor(name).toNDArray(manager);
        file.tensor(name).toFloatArray();
      }
      assertEquals(before + 2 * file.names().size(), manager.getManagedArrays().size());
    }
  }

  @Test
  void arraysOwnTheirMemoryWhenTheFileIsClosedAndOverwritten() throws IOException {
    Path path = directory.resolve("model.safetensors");
    Files.copy(Golden.path("loading/llama-fp16/model.safetensors"), path);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray weight;
      float[] expected;
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        weight = file.tensor(WEIGHT).toNDArray(manager);
        expected = file.tensor(WEIGHT).toFloatArray();
      }
      Files.write(path, new byte[(int) Files.size(path)]);
      NDArray widened = weight.toType(DataType.FLOAT32, false);
      assertArrayEquals(expected, widened.toFloatArray());
      weight.muli(2);
      assertEquals(2 * expected[0], weight.toType(DataType.FLOAT32, false).toFloatArray()[0]);
    }
  }

  @Test
  void bytesAreTheTensorsOwnAndReadOnly() {
    try (SafetensorsFile file = SafetensorsFile.open(Golden.path("models/llama/io.safetensors"))) {
      ByteBuffer ids = file.tensor("input_ids").bytes();
      assertEquals(2 * 11 * 8, ids.remaining());
      assertTrue(ids.isReadOnly());
      assertEquals(ByteOrder.LITTLE_ENDIAN, ids.order());
      assertTrue(ids.getLong(0) >= 0 && ids.getLong(0) < 131);
    }
  }

  @Test
  void partsOfATensorAreThoseOfTheWhole() {
    try (SafetensorsFile file =
        SafetensorsFile.open(Golden.path("loading/llama-fp16/model.safetensors"))) {
      StoredTensor tensor = file.tensor(WEIGHT);
      float[] whole = tensor.toFloatArray();
      float[] part = new float[12];
      tensor.readFloats(100, part, 2, 10);
      for (int i = 0; i < 10; i++) {
        assertEquals(whole[100 + i], part[2 + i]);
      }
      assertThrows(
          IndexOutOfBoundsException.class, () -> tensor.readFloats(tensor.size() - 1, part, 0, 2));
    }
  }

  @Test
  void namesComeInTheOrderOfTheFileAndMetadataIsKept() {
    try (SafetensorsFile file =
        SafetensorsFile.open(Golden.path("models/llama/model.safetensors"))) {
      assertEquals("lm_head.weight", file.names().get(0));
      assertEquals(Map.of("format", "pt"), file.metadata());
      assertEquals(new Shape(131, 48), file.tensor("lm_head.weight").shape());
      assertTrue(file.contains("lm_head.weight"));
    }
  }

  @Test
  void anUnknownNameIsAnsweredWithThoseThereAre() {
    try (SafetensorsFile file =
        SafetensorsFile.open(Golden.path("models/llama/model.safetensors"))) {
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> file.tensor("lm_head.wieght"));
      assertTrue(e.getMessage().contains("lm_head.wieght"), e.getMessage());
      assertTrue(e.getMessage().contains("lm_head.weight"), e.getMessage());
    }
  }

  @Test
  void integersAreNotReadAsFloats() {
    try (NDManager manager = NDManager.newBaseManager();
        SafetensorsFile file = SafetensorsFile.open(Golden.path("models/llama/io.safetensors"))) {
      StoredTensor ids = file.tensor("input_ids");
      CheckpointException e = assertThrows(CheckpointException.class, () -> ids.toFloat32(manager));
      assertTrue(e.getMessage().contains("'input_ids' is I64"), e.getMessage());
      assertThrows(CheckpointException.class, ids::toFloatArray);
      assertTrue(manager.getManagedArrays().isEmpty());
    }
  }

  @Test
  void aClosedFileSaysSoAndTheFailedArrayIsGone() {
    SafetensorsFile file = SafetensorsFile.open(Golden.path("models/llama/model.safetensors"));
    StoredTensor tensor = file.tensor("lm_head.weight");
    file.close();
    file.close();
    try (NDManager manager = NDManager.newBaseManager()) {
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> tensor.toNDArray(manager));
      assertTrue(e.getMessage().contains("is closed"), e.getMessage());
      assertTrue(manager.getManagedArrays().isEmpty());
    }
  }

  /** A sparse file: 3 GiB of zeros but for its last element. */
  @Test
  void aTensorBeyondTwoGibibytesIsReadToItsEnd() throws IOException {
    long elements = 3L << 28;
    Path path = directory.resolve("large.safetensors");
    String header =
        String.format(
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}",
            elements, elements * 4);
    DamagedFiles.write(path, header, new byte[0]);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      ByteBuffer last = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, 1.5f);
      channel.write(last, 8 + header.length() + (elements - 1) * 4);
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      StoredTensor tensor = file.tensor("w");
      float[] end = new float[2];
      tensor.readFloats(elements - 2, end, 0, 2);
      assertArrayEquals(new float[] {0, 1.5f}, end);
      assertThrows(CheckpointException.class, tensor::bytes);
    }
  }

  private static int[] firstBits(NDArray array, int count) {
    float[] values = array.toFloatArray();
    int[] bits = new int[count];
    for (int i = 0; i < count; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
