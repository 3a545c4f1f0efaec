// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.TrainingException;
import io.github.lora4j.djl.format.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is saved is what is restored, or nothing is. */
class SavedStateTest {
  @TempDir Path directory;
  private Path saved;

  @BeforeEach
  void name() {
    saved = directory.resolve("run/optimizer.safetensors");
  }

  private static PagedAdamW.Builder small(int bits) {
    return PagedAdamW.builder().bits(bits).learningRate(1e-2f).pageSize(4096).residentBudget(8192);
  }

  private void save(int bits) {
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(bits).build()) {
      run.steps(optimizer, 1, 3);
      optimizer.save(saved);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void anInterruptedRunEndsAsOneThatWasNot(int bits) {
    try (OptimizerRun whole = new OptimizerRun();
        OptimizerRun parts = new OptimizerRun();
        PagedAdamW unbroken = small(bits).build();
        PagedAdamW first = small(bits).build();
        PagedAdamW second = small(bits).pageSize(8192).residentBudget(1 << 20).build()) {
      Map<String, float[]> expected = whole.steps(unbroken, 1, 6).values();
      parts.steps(first, 1, 3);
      first.save(saved);
      second.restore(saved);
      Map<String, float[]> actual = parts.steps(second, 4, 6).values();
      expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
    }
  }

  @Test
  void stateInArraysAndStateInPagesAreOneFile() throws IOException {
    Path again = directory.resolve("again");
    try (OptimizerRun whole = new OptimizerRun();
        OptimizerRun parts = new OptimizerRun();
        AdamW unbroken = adamW();
        AdamW first = adamW();
        PagedAdamW second = small(32).build();
        AdamW third = adamW();
        AdamW untouched = adamW()) {
      Map<String, float[]> expected = whole.steps(unbroken, 1, 9).values();
      parts.steps(first, 1, 3);
      first.save(saved);
      second.restore(saved);
      parts.steps(second, 4, 6);
      second.save(saved);
      third.restore(saved);
      untouched.restore(saved);
      untouched.save(again);
      Map<String, float[]> actual = parts.steps(third, 7, 9).values();
      expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
    }
    try (SafetensorsFile one = SafetensorsFile.open(saved);
        SafetensorsFile other = SafetensorsFile.open(again)) {
      for (String name : one.names()) {
        assertEquals(one.tensor(name).bytes(), other.tensor(name).bytes(), name);
      }
    }
  }

  private static AdamW adamW() {
    return AdamW.builder().learningRate(1e-2f).build();
  }

  @Test
  void arraysRestoreWhatFitsOnly() {
    save(32);
    try (OptimizerRun run = new OptimizerRun();
        AdamW optimizer = adamW()) {
      optimizer.restore(saved);
      NDArray weight = run.manager().zeros(new Shape(65, 1));
      TrainingException shape =
          assertThrows(
              TrainingException.class, () -> optimizer.update("norm.weight", weight, weight));
      assertTrue(shape.getMessage().contains("norm.weight has shape (65, 1)"), shape.getMessage());
      assertThrows(TrainingException.class, () -> optimizer.restore(saved));
      optimizer.forget("norm.weight");
      optimizer.update("norm.weight", weight, weight);
    }
    try (AdamW other = AdamW.builder().betas(0.9, 0.99).build()) {
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> other.restore(saved));
      assertTrue(refusal.getMessage().contains(": beta2 is "), refusal.getMessage());
    }
  }

  @Test
  void savingDoesNotDisturbTheRun() throws IOException {
    try (OptimizerRun whole = new OptimizerRun();
        OptimizerRun saving = new OptimizerRun();
        PagedAdamW unbroken = small(32).build();
        PagedAdamW saver = small(32).build()) {
      Map<String, float[]> expected = whole.steps(unbroken, 1, 6).values();
      saving.steps(saver, 1, 3);
      saver.save(saved);
      saver.save(saved);
      Map<String, float[]> actual = saving.steps(saver, 4, 6).values();
      expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
      try (Stream<Path> files = Files.list(saved.getParent())) {
        assertEquals(1, files.count(), "no temporary file stays");
      }
    }
  }

  @Test
  void theFileIsSafetensorsUnderTorchsNames() {
    save(32);
    try (SafetensorsFile file = SafetensorsFile.open(saved)) {
      assertEquals(new Shape(300, 41), file.tensor("b.exp_avg").shape());
      assertEquals(new Shape(300, 41), file.tensor("b.exp_avg_sq").shape());
      assertEquals(new Shape(), file.tensor("bias.step").shape());
      assertEquals(15, file.names().size());
      assertEquals("32", file.metadata().get("bits"));
    }
  }

  @Test
  void eightBitStateIsUnderBitsandbytesNames() {
    save(8);
    try (SafetensorsFile file = SafetensorsFile.open(saved)) {
      assertEquals(new Shape(300, 41), file.tensor("b.state1").shape());
      assertEquals(new Shape(49), file.tensor("b.absmax2").shape());
      assertTrue(file.contains("norm.weight.exp_avg"), "below 4096 values it stays 32 bits");
    }
  }

  @ParameterizedTest
  @CsvSource({"8,bits", "32,beta2"})
  void anotherOptimizersStateIsRefused(int bits, String field) {
    save(32);
    try (PagedAdamW other = small(bits).betas(0.9, field.equals("beta2") ? 0.99 : 0.999).build()) {
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> other.restore(saved));
      assertTrue(refusal.getMessage().contains(": " + field + " is "), refusal.getMessage());
      assertTrue(refusal.getMessage().startsWith(saved.toString()), refusal.getMessage());
    }
  }

  @Test
  void damagedFilesAreRefusedAndTheOptimizerStaysUsable() throws IOException {
    save(32);
    byte[] whole = Files.readAllBytes(saved);
    assertRefused(new byte[0], "cannot hold a header");
    assertRefused(Arrays.copyOf(whole, 7), "cannot hold a header");
    assertRefused(Arrays.copyOf(whole, whole.length - 1), "cut short");
    assertRefused(Arrays.copyOf(whole, whole.length + 1), "cut short");
    byte[] longHeader = whole.clone();
    Arrays.fill(longHeader, 0, 7, (byte) 0x7f);
    assertRefused(longHeader, "cannot hold a header");
    byte[] noJson = whole.clone();
    noJson[8] = 'x';
    assertRefused(noJson, "header");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "b.exp_avg_sq     | c.exp_avg_sq     | parameter",
        "norm.weight.step | norm.weight.stop | norm.weight.step",
        "[300,41]         | [41,300]         | b.exp_avg",
        "\"I64\"          | \"F64\"          | step",
        "\"bits\":\"32\"  | \"bits\":\"64\"  | bits",
        "\"shape\":[65]   | \"shape\":[56]   | norm.weight",
      })
  void anAlteredHeaderIsRefusedByTheNameOfTheTensor(String from, String to, String named)
      throws IOException {
    save(32);
    byte[] whole = Files.readAllBytes(saved);
    int length = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String header = new String(whole, 8, length, StandardCharsets.UTF_8);
    assertTrue(header.contains(from), header);
    byte[] altered = header.replaceFirst(Pattern.quote(from), to).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(altered, 0, whole, 8, length);
    assertRefused(whole, named);
  }

  private void assertRefused(byte[] content, String part) throws IOException {
    Path file = directory.resolve("damaged");
    Files.write(file, content);
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(32).build()) {
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> optimizer.restore(file));
      assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
      assertTrue(refusal.getMessage().startsWith(file.toString()), refusal.getMessage());
      run.steps(optimizer, 1, 1);
    }
  }

  @Test
  void aMissingFileIsNamed() {
    try (PagedAdamW optimizer = small(32).build()) {
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> optimizer.restore(saved));
      assertTrue(refusal.getMessage().startsWith(saved.toString()), refusal.getMessage());
    }
  }

  @Test
  void stateOfAnotherShapeIsRefusedByTheParametersName() {
    save(32);
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(32).build()) {
      optimizer.restore(saved);
      NDArray weight = run.manager().zeros(new Shape(65, 1));
      TrainingException refusal =
          assertThrows(
              TrainingException.class, () -> optimizer.update("norm.weight", weight, weight));
      assertTrue(refusal.getMessage().contains("norm.weight has shape (65, 1)"));
    }
  }

  @Test
  void stateUnderNamesThatNeverComeIsNotPassedOver() {
    save(32);
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(32).build()) {
      optimizer.restore(saved);
      NDArray weight = run.manager().zeros(new Shape(65));
      optimizer.update("0001-uid", weight, weight);
      TrainingException refusal =
          assertThrows(TrainingException.class, () -> optimizer.update("0001-uid", weight, weight));
      assertTrue(refusal.getMessage().contains("namesOf"), refusal.getMessage());
    }
  }

  @Test
  void anOptimizerWithStateRestoresNoOther() {
    save(32);
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(32).build()) {
      run.steps(optimizer, 1, 1);
      assertThrows(TrainingException.class, () -> optimizer.restore(saved));
    }
  }

  @Test
  void aSaveThatFailsLeavesTheFormerOne() throws IOException {
    save(32);
    byte[] before = Files.readAllBytes(saved);
    Path blocked = saved.resolve("below-a-file");
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small(32).build()) {
      run.steps(optimizer, 1, 1);
      CheckpointException refusal =
          assertThrows(CheckpointException.class, () -> optimizer.save(blocked));
      assertTrue(refusal.getMessage().startsWith(blocked.toString()), refusal.getMessage());
    }
    assertArrayEquals(before, Files.readAllBytes(saved));
  }
}
