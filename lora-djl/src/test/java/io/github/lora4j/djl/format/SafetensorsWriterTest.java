// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsWriterTest {
  private static final List<DataType> STORABLE =
      List.of(
          DataType.FLOAT64,
          DataType.FLOAT32,
          DataType.FLOAT16,
          DataType.INT64,
          DataType.INT32,
          DataType.INT8,
          DataType.UINT8,
          DataType.BOOLEAN);

  @TempDir Path directory;

  /** The golden files were written by the reference implementation, which we must equal. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/llama/model.safetensors",
        "loading/llama-fp16/model.safetensors",
        "loading/llama-sharded-bf16/model-00001-of-00002.safetensors",
        "models/llama/adapters/default/adapter_model.safetensors"
      })
  void rewritingAGoldenFileGivesTheSameBytes(String name) throws IOException {
    Path copy = directory.resolve("copy.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(Golden.path(name))) {
      SafetensorsWriter.write(copy, copies(file), file.metadata());
    }
    assertArrayEquals(Files.readAllBytes(Golden.path(name)), Files.readAllBytes(copy));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsWrittenIsRead(int seed) {
    Random random = new Random(seed);
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      List<NDArray> arrays = new ArrayList<>();
      List<TensorEntry> entries = new ArrayList<>();
      for (DataType type : STORABLE) {
        NDArray array = randomArray(manager, random, type);
        arrays.add(array);
        entries.add(TensorEntry.of("tensor \"ü\" " + type, array));
      }
      SafetensorsWriter.write(path, entries);
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertEquals(arrays.size(), file.names().size());
        for (int i = 0; i < arrays.size(); i++) {
          NDArray read = file.tensor(entries.get(i).name()).toNDArray(manager);
          assertEquals(arrays.get(i).getShape(), read.getShape());
          assertEquals(arrays.get(i).getDataType(), read.getDataType());
          assertEquals(arrays.get(i).toByteBuffer(), read.toByteBuffer());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F64"})
  void floatsAreRoundedToTheTypeAskedFor(StoredType type) {
    Path path = directory.resolve("model.safetensors");
    float[] values = {0, -0f, 1, -1 / 3f, 65519.99f, 1e-7f, 3e38f, Float.POSITIVE_INFINITY};
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray array = manager.create(values, new Shape(2, 4));
      SafetensorsWriter.write(path, List.of(TensorEntry.of("w", array, type)));
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertEquals(type, file.tensor("w").type());
        float[] read = file.tensor("w").toFloatArray();
        assertArrayEquals(read, file.tensor("w").toFloat32(manager).toFloatArray());
        for (int i = 0; i < values.length; i++) {
          assertEquals(rounded(values[i], type), read[i]);
        }
      }
    }
  }

  @Test
  void halvesAreStoredAsFloatsAndBrainFloats() {
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray half = manager.create(new float[] {1, -2.5f, 0.1f}).toType(DataType.FLOAT16, false);
      SafetensorsWriter.write(
          path,
          List.of(
              TensorEntry.of("f32", half, StoredType.F32),
              TensorEntry.of("bf16", half, StoredType.BF16)));
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertArrayEquals(
            new float[] {1, -2.5f, 0.0999755859375f}, file.tensor("f32").toFloatArray());
        assertArrayEquals(
            new float[] {1, -2.5f, 0.10009765625f}, file.tensor("bf16").toFloatArray());
      }
    }
  }

  /** Larger than a parallel range and no multiple of it. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void largeTensorsAreWrittenAndReadInParts(StoredType type) {
    Path path = directory.resolve("model.safetensors");
    int size = (1 << 21) + 77;
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] values = new float[size];
      Random random = new Random(3);
      for (int i = 0; i < size; i++) {
        values[i] = (float) random.nextGaussian();
      }
      SafetensorsWriter.write(path, List.of(TensorEntry.of("w", manager.create(values), type)));
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        float[] read = file.tensor("w").toFloat32(manager).toFloatArray();
        for (int i = 0; i < size; i++) {
          assertEquals(rounded(values[i], type), read[i]);
        }
      }
    }
  }

  /** More elements than are seen of an array at once. */
  @Test
  void tensorsOfSeveralWindowsAreWrittenAndReadWhole() {
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      Shape shape = new Shape((1 << 25) + 77);
      NDArray array = manager.randomInteger(0, 1 << 30, shape, DataType.INT32);
      SafetensorsWriter.write(path, List.of(TensorEntry.of("w", array)));
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        NDArray read = file.tensor("w").toNDArray(manager);
        assertTrue(read.eq(array).all().getBoolean());
      }
    }
  }

  @Test
  void aTransposedArrayIsWrittenInRowMajorOrder() {
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray transposed = manager.arange(6f).reshape(2, 3).transpose();
      SafetensorsWriter.write(path, List.of(TensorEntry.of("w", transposed)));
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertEquals(new Shape(3, 2), file.tensor("w").shape());
        assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, file.tensor("w").toFloatArray());
      }
    }
  }

  @Test
  void writingChangesNothingAndLeavesNoArrays() {
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray weight = manager.arange(6f).reshape(2, 3);
      weight.setRequiresGradient(true);
      float[] before = weight.toFloatArray();
      int arrays = manager.getManagedArrays().size();
      for (int i = 0; i < 10; i++) {
        SafetensorsWriter.write(
            path,
            List.of(
                TensorEntry.of("w", weight),
                TensorEntry.of("h", weight, StoredType.BF16),
                TensorEntry.computed(
                    "c", new Shape(2, 3), StoredType.F16, () -> weight.mul(weight))));
      }
      assertEquals(arrays, manager.getManagedArrays().size());
      assertArrayEquals(before, weight.toFloatArray());
      assertTrue(weight.hasGradient());
    }
  }

  @Test
  void computedTensorsAreMadeOneAtATime() {
    try (NDManager manager = NDManager.newBaseManager()) {
      int arrays = manager.getManagedArrays().size();
      List<TensorEntry> entries = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        entries.add(
            TensorEntry.computed(
                "w" + i,
                new Shape(4),
                StoredType.F32,
                () -> {
                  assertEquals(arrays, manager.getManagedArrays().size());
                  return manager.ones(new Shape(4));
                }));
      }
      SafetensorsWriter.write(directory.resolve("model.safetensors"), entries);
      assertEquals(arrays, manager.getManagedArrays().size());
    }
  }

  @Test
  void everyTensorBeginsAtAMultipleOfItsType() throws IOException {
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      SafetensorsWriter.write(
          path,
          List.of(
              TensorEntry.of("bytes", manager.create(new byte[] {1, 2, 3})),
              TensorEntry.of("halves", manager.ones(new Shape(3)), StoredType.F16),
              TensorEntry.of("longs", manager.create(new long[] {1, 2}))));
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0, bytes.getLong(0) % 8);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(List.of("longs", "halves", "bytes"), file.names());
      assertEquals(Map.of("format", "pt"), file.metadata());
    }
  }

  @Test
  void aFailureMidwayLeavesTheOldFileAndNothingElse() throws IOException {
    Path path = directory.resolve("model.safetensors");
    Files.writeString(path, "old");
    try (NDManager manager = NDManager.newBaseManager()) {
      List<TensorEntry> entries =
          List.of(
              TensorEntry.of("a", manager.ones(new Shape(3))),
              TensorEntry.computed(
                  "b",
                  new Shape(3),
                  StoredType.F32,
                  () -> {
                    throw new IllegalStateException("on purpose");
                  }));
      assertThrows(IllegalStateException.class, () -> SafetensorsWriter.write(path, entries));
    }
    assertEquals("old", Files.readString(path));
    assertEquals(List.of(path), files());
  }

  @Test
  void aTensorThatIsNotWhatItsEntrySaysIsRefused() throws IOException {
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      int arrays = manager.getManagedArrays().size();
      assertRefused(
          "was made with shape (2), expected (3)",
          () ->
              SafetensorsWriter.write(
                  path,
                  List.of(
                      TensorEntry.computed(
                          "w", new Shape(3), StoredType.F32, () -> manager.ones(new Shape(2))))));
      assertRefused(
          "is I64 and cannot be stored as F32",
          () ->
              SafetensorsWriter.write(
                  path,
                  List.of(
                      TensorEntry.computed(
                          "w", new Shape(1), StoredType.F32, () -> manager.create(new long[1])))));
      assertEquals(arrays, manager.getManagedArrays().size());
    }
    assertTrue(files().isEmpty());
  }

  @Test
  void namesThatOccurTwiceAndTheReservedOneAreRefused() throws IOException {
    Path path = directory.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      TensorEntry entry = TensorEntry.of("w", manager.ones(new Shape(2)));
      TensorEntry reserved = TensorEntry.of("__metadata__", manager.ones(new Shape(2)));
      assertRefused(
          "'w' is used twice", () -> SafetensorsWriter.write(path, List.of(entry, entry)));
      assertRefused("'__metadata__'", () -> SafetensorsWriter.write(path, List.of(reserved)));
    }
    assertTrue(files().isEmpty());
  }

  @Test
  void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
    Path inTheWay = Files.writeString(directory.resolve("file"), "");
    assertRefused(
        "check the path and its permissions",
        () -> SafetensorsWriter.write(inTheWay.resolve("model.safetensors"), List.of()));
  }

  @Test
  void aFileThatCannotBeReplacedLeavesNothingBehind() throws IOException {
    Path path = directory.resolve("model.safetensors");
    Files.createDirectories(path.resolve("occupied"));
    assertRefused("cannot be renamed", () -> SafetensorsWriter.write(path, List.of()));
    assertEquals(List.of(path), files());
    assertFalse(Files.isRegularFile(path));
  }

  private static List<TensorEntry> copies(SafetensorsFile file) {
    return file.names().stream().map(name -> TensorEntry.of(file.tensor(name))).toList();
  }

  private static NDArray randomArray(NDManager manager, Random random, DataType type) {
    long[] sizes = random.ints(random.nextInt(4), 0, 6).asLongStream().toArray();
    NDArray floats = manager.randomUniform(-100, 100, new Shape(sizes));
    return type == DataType.UINT8 || type == DataType.BOOLEAN
        ? floats.abs().toType(type, false)
        : floats.toType(type, true);
  }

  private static float rounded(float value, StoredType type) {
    return switch (type) {
      case F16 -> Float16.toFloat(Float16.fromFloat(value));
      case BF16 -> BFloat16.toFloat(BFloat16.fromFloat(value));
      default -> value;
    };
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static void assertRefused(String message, Executable run) {
    CheckpointException e = assertThrows(CheckpointException.class, run);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
