// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.Float16;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.quant.PackedTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operator makes of every code and zero point, against the formats in plain Java. */
class GroupedFormatTest {
  private static final int[] AWQ_ORDER = {0, 2, 4, 6, 1, 3, 5, 7};
  private static final int IN = 48;
  private static final int OUT = 1032; // more than the operator takes at once
  private static final int GROUP = 16;
  private static final int GROUPS = IN / GROUP;

  @TempDir private Path directory;
  private NDManager manager;
  private final Random random = new Random(3);
  private int[] qweight;
  private int[] qzeros;
  private float[] scales;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    qweight = random.ints(IN * OUT / 8).toArray();
    qzeros = random.ints(GROUPS * OUT / 8).toArray();
    scales = new float[GROUPS * OUT];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = Float16.toFloat((short) random.nextInt(0x7c00)) * (random.nextBoolean() ? 1 : -1);
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"GPTQ, 1", "GPTQ_V2, 0"})
  void gptqPacksInputsInTheirOrder(GroupPacking packing, int offset) {
    int[] groups = random.ints(IN, 0, GROUPS).toArray();
    write(packing, groups);
    float[] expected = new float[OUT * IN];
    for (int o = 0; o < OUT; o++) {
      for (int i = 0; i < IN; i++) {
        int code = qweight[i / 8 * OUT + o] >>> 4 * (i % 8) & 15;
        int zero = qzeros[(groups[i] * OUT + o) / 8] >>> 4 * (o % 8) & 15;
        expected[o * IN + i] = scales[groups[i] * OUT + o] * (code - (zero + offset & 15));
      }
    }
    assertArrayEquals(expected, read(packing, true));
  }

  @Test
  void awqPacksEvenOutputsBeforeOdd() {
    write(GroupPacking.AWQ, new int[0]);
    float[] expected = new float[OUT * IN];
    for (int word = 0; word < IN * OUT / 8; word++) {
      int i = word / (OUT / 8);
      for (int nibble = 0; nibble < 8; nibble++) {
        int o = word % (OUT / 8) * 8 + AWQ_ORDER[nibble];
        int code = qweight[word] >>> 4 * nibble & 15;
        int zero = qzeros[(i / GROUP * OUT + o) / 8] >>> 4 * nibble & 15;
        expected[o * IN + i] = scales[i / GROUP * OUT + o] * (code - zero);
      }
    }
    assertArrayEquals(expected, read(GroupPacking.AWQ, false));
  }

  @Test
  void whatIsHeldTakesWhatTheFileTakes() {
    write(GroupPacking.AWQ, new int[0]);
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        PackedTensor tensor = tensor(checkpoint, GroupPacking.AWQ, false)) {
      long stored =
          checkpoint.names().stream().mapToLong(name -> checkpoint.tensor(name).byteSize()).sum();
      assertEquals(stored + IN * Integer.BYTES, tensor.sizeInBytes(), "and a group an input");
    }
  }

  @Test
  void halvesAreTheFloatsRounded() {
    write(GroupPacking.AWQ, new int[0]);
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        PackedTensor tensor = tensor(checkpoint, GroupPacking.AWQ, false);
        NDArray half = tensor.dequantize(manager, DataType.FLOAT16);
        NDArray widened = half.toType(DataType.FLOAT32, true)) {
      float[] numbers = widened.toFloatArray();
      float[] exact = tensor.dequantize(manager, DataType.FLOAT32).toFloatArray();
      for (int i = 0; i < exact.length; i++) {
        assertEquals(Float16.toFloat(Float16.fromFloat(exact[i])), numbers[i]);
      }
      assertThrows(
          ConfigurationException.class, () -> tensor.dequantize(manager, DataType.FLOAT64));
    }
  }

  private void write(GroupPacking packing, int[] groups) {
    NDArray words = manager.create(qweight, packing.weightShape(IN, OUT));
    NDArray zeros = manager.create(qzeros, new Shape(GROUPS, OUT / 8));
    NDArray scale = manager.create(scales, new Shape(GROUPS, OUT));
    List<TensorEntry> entries = new ArrayList<>();
    entries.add(TensorEntry.of("m.qweight", words));
    entries.add(TensorEntry.of("m.qzeros", zeros));
    entries.add(TensorEntry.of("m.scales", scale, StoredType.F16));
    if (groups.length > 0) {
      entries.add(TensorEntry.of("m.g_idx", manager.create(groups)));
    }
    SafetensorsWriter.write(directory.resolve("model.safetensors"), entries);
  }

  private float[] read(GroupPacking packing, boolean actOrder) {
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        PackedTensor tensor = tensor(checkpoint, packing, actOrder)) {
      return tensor.dequantize(manager, DataType.FLOAT32).toFloatArray();
    }
  }

  private PackedTensor tensor(Checkpoint checkpoint, GroupPacking packing, boolean actOrder) {
    return new GroupedFormat("test", packing, GROUP, actOrder)
        .read(manager, checkpoint, "m", new Shape(OUT, IN));
  }
}
