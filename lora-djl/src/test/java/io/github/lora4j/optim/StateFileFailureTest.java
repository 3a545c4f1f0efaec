// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lora4j.TrainingException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state file that fails ends the training by an exception that says so, never the JVM. */
class StateFileFailureTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir Path directory;

  private static PagedAdamW.Builder small() {
    return PagedAdamW.builder().learningRate(1e-2f).pageSize(4096).residentBudget(8192);
  }

  /** The device whose every write fails for want of space. */
  private static PageFile full() {
    try {
      return new PageFile(
          FULL, FileChannel.open(FULL, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        @Override
        void delete() {}
      };
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aFullDiskIsFoundInTheFirstStepBeforeTheParameterChanges() {
    assumeTrue(Files.isWritable(FULL), "only Linux has the device");
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small().opener(StateFileFailureTest::full).build()) {
      Map<String, float[]> before = run.values();
      TrainingException failure =
          assertThrows(TrainingException.class, () -> run.steps(optimizer, 1, 1));
      assertTrue(failure.getMessage().startsWith("/dev/full: byte 0 "), failure.getMessage());
      assertTrue(failure.getMessage().contains("free space"), failure.getMessage());
      assertArrayEquals(before.get("large"), run.values().get("large"));
      assertThrows(TrainingException.class, () -> run.steps(optimizer, 1, 1));
    }
  }

  @Test
  void aFileCutShortIsNamed() throws IOException {
    Path file = directory.resolve("pages");
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small().stateFile(file).build()) {
      run.steps(optimizer, 1, 1);
      try (FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
        other.truncate(5000);
      }
      TrainingException failure =
          assertThrows(TrainingException.class, () -> run.steps(optimizer, 2, 3));
      assertTrue(
          failure.getMessage().startsWith(file + ": has 5000 bytes, expected "),
          failure.getMessage());
      assertThrows(TrainingException.class, () -> optimizer.save(directory.resolve("half")));
      assertFalse(Files.exists(directory.resolve("half")));
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void aFileThatExistsIsNotTouched() throws IOException {
    Path file = Files.writeString(directory.resolve("precious"), "mine");
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small().stateFile(file).build()) {
      TrainingException failure =
          assertThrows(TrainingException.class, () -> run.steps(optimizer, 1, 1));
      assertTrue(failure.getMessage().startsWith(file + ": exists"), failure.getMessage());
    }
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void aDirectoryThatDoesNotExistIsNamed() {
    Path file = directory.resolve("nowhere/pages");
    try (OptimizerRun run = new OptimizerRun();
        PagedAdamW optimizer = small().stateFile(file).build()) {
      TrainingException failure =
          assertThrows(TrainingException.class, () -> run.steps(optimizer, 1, 1));
      assertTrue(failure.getMessage().startsWith(file.toString()), failure.getMessage());
    }
  }

  @Test
  void anInterruptedThreadTrainsOn() {
    try (OptimizerRun calm = new OptimizerRun();
        OptimizerRun interrupted = new OptimizerRun();
        PagedAdamW first = small().build();
        PagedAdamW second = small().build()) {
      Map<String, float[]> expected = calm.steps(first, 1, 3).values();
      Thread.currentThread().interrupt();
      Map<String, float[]> actual = interrupted.steps(second, 1, 3).values();
      assertTrue(Thread.interrupted(), "the interrupt is still there");
      expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
    }
  }

  @Test
  void aClosedOptimizerSaysSo() {
    PagedAdamW optimizer = small().build();
    optimizer.close();
    optimizer.close();
    try (OptimizerRun run = new OptimizerRun()) {
      assertThrows(TrainingException.class, () -> run.steps(optimizer, 1, 1));
      assertThrows(TrainingException.class, () -> optimizer.save(directory.resolve("x")));
      assertThrows(TrainingException.class, () -> optimizer.restore(directory.resolve("x")));
    }
  }
}
