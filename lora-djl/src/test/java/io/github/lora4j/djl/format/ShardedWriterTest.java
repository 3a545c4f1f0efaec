// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedWriterTest {
  private static final String INDEX = "model.safetensors.index.json";

  private final NDManager manager = NDManager.newBaseManager();

  @TempDir Path directory;

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void aSmallModelIsOneFileWithoutIndex() throws IOException {
    List<Path> written = ShardedWriter.write(directory, tensors(5), 1000);
    assertEquals(List.of(directory.resolve("model.safetensors")), written);
    assertEquals(Set.of("model.safetensors"), fileNames());
  }

  @Test
  void aLargeModelIsShardedAndReadBack() throws IOException {
    ShardedWriter.write(directory, tensors(5), 80);
    assertEquals(
        Set.of(
            INDEX,
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors"),
        fileNames());
    JsonObject index = StrictJson.readObject(directory.resolve(INDEX));
    assertEquals(200, index.getAsJsonObject("metadata").get("total_size").getAsLong());
    assertEquals(
        "model-00002-of-00003.safetensors",
        index.getAsJsonObject("weight_map").get("w2").getAsString());
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertEquals(List.of("w0", "w1", "w2", "w3", "w4"), checkpoint.names());
      float[] expected = new float[10];
      Arrays.fill(expected, 3);
      assertArrayEquals(expected, checkpoint.tensor("w3").toFloatArray());
    }
  }

  @Test
  void aTensorLargerThanAShardGetsAFileOfItsOwn() throws IOException {
    ShardedWriter.write(directory, tensors(2), 1);
    assertEquals(
        Set.of(INDEX, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"),
        fileNames());
  }

  @Test
  void weightsOfAnEarlierSaveAreRemovedAndOtherFilesStay() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{}");
    Files.writeString(directory.resolve("adapter_model.safetensors"), "");
    ShardedWriter.write(directory, tensors(5), 80);
    ShardedWriter.write(directory, tensors(3), 1000);
    assertEquals(
        Set.of("config.json", "adapter_model.safetensors", "model.safetensors"), fileNames());
    ShardedWriter.write(directory, tensors(4), 80);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertEquals(4, checkpoint.names().size());
    }
    assertEquals(5, fileNames().size());
  }

  @Test
  void aFailureMidwayLeavesTheEarlierSave() throws IOException {
    ShardedWriter.write(directory, tensors(5), 80);
    Set<String> before = fileNames();
    List<TensorEntry> failing = new ArrayList<>(tensors(5));
    failing.add(
        TensorEntry.computed(
            "w5",
            new Shape(10),
            StoredType.F32,
            () -> {
              throw new IllegalStateException("on purpose");
            }));
    assertThrows(IllegalStateException.class, () -> ShardedWriter.write(directory, failing, 80));
    assertEquals(before, fileNames());
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertEquals(5, checkpoint.names().size());
    }
  }

  @Test
  void aNameInTwoShardsIsRefused() throws IOException {
    List<TensorEntry> twice = new ArrayList<>(tensors(5));
    twice.addAll(tensors(1));
    assertThrows(CheckpointException.class, () -> ShardedWriter.write(directory, twice, 80));
    assertTrue(fileNames().isEmpty());
  }

  @Test
  void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
    Path inTheWay = Files.writeString(directory.resolve("file"), "");
    CheckpointException e =
        assertThrows(
            CheckpointException.class,
            () -> ShardedWriter.write(inTheWay.resolve("model"), tensors(1), 80));
    assertTrue(e.getMessage().contains(inTheWay.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("permissions"), e.getMessage());
  }

  /** Tensors w0, w1, … of 40 bytes, filled with their number. */
  private List<TensorEntry> tensors(int count) {
    List<TensorEntry> tensors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tensors.add(TensorEntry.of("w" + i, manager.ones(new Shape(10)).mul(i)));
    }
    return tensors;
  }

  private Set<String> fileNames() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}
