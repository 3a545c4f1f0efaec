// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train.checkpoint;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoraException;
import io.github.lora4j.djl.format.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run, a directory a step. A checkpoint is written under a hidden name,
 * forced to the disk and renamed, so that a process that dies leaves the ones before it, and at
 * most a hidden rest, which the next run removes.
 */
public final class CheckpointStore {
  /** The directory of all checkpoints, in the output directory. */
  public static final String DIRECTORY = "checkpoints";

  private static final Logger LOGGER = LoggerFactory.getLogger(CheckpointStore.class);
  private static final Pattern NAME = Pattern.compile("step-(\\d{6,9})");
  private static final String HIDDEN = ".";

  private final Path directory;

  /**
   * Nothing is read or written yet.
   *
   * @param outputDir the run's output directory
   */
  public CheckpointStore(Path outputDir) {
    directory = outputDir.resolve(DIRECTORY);
  }

  /**
   * Where they are.
   *
   * @return the directory, which may not exist yet
   */
  public Path directory() {
    return directory;
  }

  /**
   * Removes what an interrupted write or removal left.
   *
   * @throws CheckpointException if it cannot be removed
   */
  public void sweep() {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> all = Files.list(directory)) {
      for (Path path : all.toList()) {
        String name = path.getFileName().toString();
        if (name.startsWith(HIDDEN) && NAME.matcher(name).find()) {
          Disk.deleteTree(path);
        }
      }
    } catch (IOException e) {
      throw failed("what an interrupted run left cannot be removed", e);
    }
  }

  /**
   * What there is, whole or not.
   *
   * @return the checkpoints by step
   * @throws CheckpointException if the directory cannot be read
   */
  public NavigableMap<Integer, StoredCheckpoint> all() {
    NavigableMap<Integer, StoredCheckpoint> found = new TreeMap<>();
    if (!Files.isDirectory(directory)) {
      return found;
    }
    try (Stream<Path> all = Files.list(directory)) {
      all.forEach(
          path -> {
            Matcher name = NAME.matcher(path.getFileName().toString());
            if (name.matches()) {
              found.put(Integer.parseInt(name.group(1)), new StoredCheckpoint(path));
            }
          });
    } catch (IOException e) {
      throw failed("cannot be read", e);
    }
    return found;
  }

  /**
   * The newest one that is whole; damaged ones before it are passed over with a warning.
   *
   * @return the checkpoint
   * @throws CheckpointException if there is none
   */
  public StoredCheckpoint newestWhole() {
    List<StoredCheckpoint> newestFirst = List.copyOf(all().descendingMap().values());
    for (StoredCheckpoint checkpoint : newestFirst) {
      Optional<String> damage = checkpoint.damage();
      if (damage.isEmpty()) {
        return checkpoint;
      }
      LOGGER.warn("{}; the checkpoint is passed over", damage.get());
    }
    throw new CheckpointException(
        newestFirst.isEmpty()
            ? directory
                + ": no checkpoint, expected one to go on from; begin with fit, and set"
                + " checkpointEverySteps or checkpointEvery"
            : "%s: all %d checkpoints are damaged, the newest by: %s; remove the directory and begin again with fit"
                .formatted(directory, newestFirst.size(), newestFirst.get(0).damage().orElse("")));
  }

  /**
   * Writes a checkpoint; one of that step that is whole stays as it is.
   *
   * @param step its step
   * @param content writes its files into a directory
   * @throws CheckpointException if it cannot be written; the others are unchanged
   */
  public void write(int step, Consumer<Path> content) {
    String name = "step-%06d".formatted(step);
    Path target = directory.resolve(name);
    Path draft = directory.resolve(HIDDEN + name + ".tmp");
    try {
      if (Files.exists(target)) {
        if (Manifest.damage(target).isEmpty()) {
          return;
        }
        remove(target);
      }
      Files.createDirectories(draft);
      content.accept(draft);
      Manifest.write(draft);
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFile.forceDirectory(directory);
    } catch (IOException | LoraException e) {
      throw new CheckpointException(
          "%s: the checkpoint of step %d cannot be written (%s); the run stopped and the checkpoints before it are unchanged: free space on the disk, and resume"
              .formatted(target, step, e instanceof LoraException ? e.getMessage() : e),
          e);
    } finally {
      discard(draft);
    }
  }

  /** Makes room at once where it can; what stays is removed by {@link #sweep}. */
  private static void discard(Path draft) {
    try {
      if (Files.exists(draft)) {
        Disk.deleteTree(draft);
      }
    } catch (IOException e) {
      LOGGER.warn("{} cannot be removed now; the next run will", draft, e);
    }
  }

  /**
   * Removes all but the newest checkpoints.
   *
   * @param keep how many of the newest stay
   * @param best the step of another one that stays
   * @throws CheckpointException if one cannot be removed
   */
  public void prune(int keep, OptionalInt best) {
    NavigableMap<Integer, StoredCheckpoint> all = all();
    List<Integer> steps = all.keySet().stream().sorted(Comparator.reverseOrder()).toList();
    for (int step : steps.subList(Math.min(keep, steps.size()), steps.size())) {
      if (best.isEmpty() || best.getAsInt() != step) {
        try {
          remove(directory.resolve("step-%06d".formatted(step)));
        } catch (IOException e) {
          throw failed("the checkpoint of step " + step + " cannot be removed", e);
        }
      }
    }
  }

  /** Half a checkpoint must not stand under its name, should the process die meanwhile. */
  private void remove(Path checkpoint) throws IOException {
    Path hidden = directory.resolve(HIDDEN + checkpoint.getFileName() + ".old");
    Files.move(checkpoint, hidden, StandardCopyOption.ATOMIC_MOVE);
    Disk.deleteTree(hidden);
  }

  private CheckpointException failed(String what, IOException e) {
    return new CheckpointException(
        "%s: %s (%s); check the directory's rights and the disk".formatted(directory, what, e), e);
  }
}
