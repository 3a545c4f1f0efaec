// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.github.lora4j.CausalLm;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.djl.train.checkpoint.CheckpointStore;
import io.github.lora4j.djl.train.checkpoint.StoredCheckpoint;
import io.github.lora4j.train.ReportPlan;
import io.github.lora4j.train.StopReason;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A disk that fills up ends a run with one exception, and takes none of its checkpoints. */
class DiskFullTest {
  private static final int BLOCK = 64;

  private static FileSystem disk(long bytes) {
    return Jimfs.newFileSystem(
        Configuration.unix().toBuilder().setBlockSize(BLOCK).setMaxSize(bytes).build());
  }

  @Test
  void aRunStopsWhereverTheSpaceEnds() throws IOException {
    Set<Class<?>> failures = new TreeSet<>((a, b) -> a.getName().compareTo(b.getName()));
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0)) {
      boolean completed = false;
      for (long bytes = 100; !completed; bytes += 9_973) {
        try (FileSystem disk = disk(bytes)) {
          Path output = disk.getPath("/out");
          completed = train(model, output, failures);
          assertWhole(output);
        }
      }
    }
    assertTrue(failures.contains(CheckpointException.class), failures::toString);
  }

  /** Whether there was space for the whole run. */
  private static boolean train(LoraModel model, Path output, Set<Class<?>> failures) {
    try {
      StopReason reason =
          TinyTraining.tuner()
              .maxSteps(2)
              .outputDir(output)
              .checkpointEverySteps(1)
              .keepCheckpoints(3)
              .reports(ReportPlan.none())
              .build()
              .fit(model, TinyTraining.data())
              .stopReason();
      assertEquals(StopReason.COMPLETED, reason);
      return true;
    } catch (LoraException e) {
      failures.add(e.getClass());
      assertTrue(e.getMessage().contains("out of disk space"), e.getMessage());
      return false;
    }
  }

  private static void assertWhole(Path output) throws IOException {
    for (StoredCheckpoint checkpoint : new CheckpointStore(output).all().values()) {
      assertEquals(Optional.empty(), checkpoint.damage());
    }
    if (Files.exists(output)) {
      try (Stream<Path> all = Files.walk(output)) {
        assertEquals(List.of(), all.filter(path -> path.toString().contains("/.")).toList());
      }
    }
  }

  @Test
  void everyByteOfACheckpointMayBeTheOneTooMany() throws IOException {
    boolean written = false;
    for (long bytes = 1500; !written; bytes += BLOCK) {
      try (FileSystem disk = disk(bytes)) {
        CheckpointStore store = new CheckpointStore(disk.getPath("/out"));
        write(store, 1);
        try {
          write(store, 2);
          written = true;
        } catch (CheckpointException e) {
          assertTrue(
              e.getMessage().contains("the checkpoint of step 2 cannot be written"),
              e.getMessage());
        }
        store.sweep();
        assertWhole(disk.getPath("/out"));
        NavigableMap<Integer, StoredCheckpoint> left = store.all();
        assertEquals(written ? List.of(1, 2) : List.of(1), List.copyOf(left.keySet()));
        store.prune(1, OptionalInt.empty());
        assertEquals(1, store.all().size());
      }
    }
  }

  private static void write(CheckpointStore store, int step) {
    store.write(
        step,
        directory -> {
          AtomicFile.writeString(directory.resolve("a"), "a".repeat(700));
          AtomicFile.writeString(directory.resolve("b"), "b".repeat(300));
        });
  }
}
