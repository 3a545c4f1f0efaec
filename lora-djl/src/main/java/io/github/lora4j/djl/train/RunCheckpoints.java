// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.train.checkpoint.CheckpointStore;
import io.github.lora4j.djl.train.checkpoint.RunIdentity;
import io.github.lora4j.djl.train.checkpoint.StoredCheckpoint;
import io.github.lora4j.train.CheckpointPlan;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.RunStart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Where a run goes on from, and when it writes what it can go on from. */
final class RunCheckpoints {
  private final CheckpointPlan plan;
  private final Optional<CheckpointStore> store;
  private final RunIdentity identity;
  private final Optional<Resumed> resumed;
  private final List<CheckpointedPart> parts = new ArrayList<>();
  private long lastWritten = System.nanoTime();

  /** A checkpoint and what it says of its run. */
  private record Resumed(StoredCheckpoint checkpoint, RunRecord record) {}

  private RunCheckpoints(
      CheckpointPlan plan,
      Optional<CheckpointStore> store,
      RunIdentity identity,
      Optional<Resumed> resumed) {
    this.plan = plan;
    this.store = store;
    this.identity = identity;
    this.resumed = resumed;
  }

  /**
   * Finds the checkpoint to go on from, if the run does, and holds it against the run. Nothing of
   * the model is changed.
   *
   * @param options how it trains
   * @param start where to begin
   * @param identity what the run is; asked only if checkpoints are read or written
   * @throws io.github.lora4j.LoraException if there is no such checkpoint, it is of another run, or
   *     the output directory has those of another run
   */
  static RunCheckpoints open(
      FineTuningOptions options, RunStart start, Supplier<RunIdentity> identity) {
    CheckpointPlan plan = options.checkpoints();
    Optional<CheckpointStore> store = options.outputDir().map(CheckpointStore::new);
    store.ifPresent(CheckpointStore::sweep);
    Optional<StoredCheckpoint> from = from(start, store);
    if (!plan.isOn() && from.isEmpty()) {
      return new RunCheckpoints(plan, store, new RunIdentity(Map.of()), Optional.empty());
    }
    RunOptimizer.requireStateful(options);
    if (plan.isOn() && from.isEmpty()) {
      requireNone(store.orElseThrow());
    }
    RunIdentity own = identity.get();
    return new RunCheckpoints(plan, store, own, from.map(checkpoint -> read(checkpoint, own)));
  }

  private static Optional<StoredCheckpoint> from(RunStart start, Optional<CheckpointStore> store) {
    if (start instanceof RunStart.At at) {
      return Optional.of(new StoredCheckpoint(at.checkpoint()).requireWhole());
    }
    if (start instanceof RunStart.Latest) {
      return Optional.of(
          store
              .orElseThrow(
                  () ->
                      new ConfigurationException(
                          "FineTuner: resume looks for checkpoints in the outputDir, but none was"
                              + " set; set it, or call resumeFrom"))
              .newestWhole());
    }
    return Optional.empty();
  }

  private static Resumed read(StoredCheckpoint checkpoint, RunIdentity identity) {
    RunRecord record = RunRecord.read(checkpoint);
    identity.requireSame(record.identity(), checkpoint.directory().toString());
    return new Resumed(checkpoint, record);
  }

  private static void requireNone(CheckpointStore store) {
    if (!store.all().isEmpty()) {
      throw new ConfigurationException(
          "FineTuner: %s holds checkpoints of another run, up to step %d; call resume to go on with it, remove the directory, or choose another outputDir"
              .formatted(store.directory(), store.all().lastKey()));
    }
  }

  /**
   * Brings all parts to where the run goes on; a run from its first step writes its first
   * checkpoint here, so that a disk that cannot take one shows before hours of training.
   *
   * @param all the parts, in the order in which they are restored
   * @return what happened before
   */
  RunRecord begin(List<CheckpointedPart> all) {
    parts.addAll(all);
    RunRecord before =
        resumed.map(Resumed::record).orElse(new RunRecord(identity, 0, 0, List.of(), List.of()));
    resumed.ifPresent(
        from -> parts.forEach(part -> part.restore(from.checkpoint(), before.steps().size())));
    if (resumed.isEmpty()) {
      write(before, OptionalInt.empty());
    }
    return before;
  }

  /** What the run is. */
  RunIdentity identity() {
    return identity;
  }

  /** Whether a stop was requested. */
  boolean wantsStop() {
    return plan.wantsStop();
  }

  /** Whether a checkpoint is due after a step. */
  boolean isDue(int step) {
    boolean byStep = plan.everySteps().isPresent() && step % plan.everySteps().getAsInt() == 0;
    long passed = System.nanoTime() - lastWritten;
    return byStep || plan.every().filter(every -> passed >= every.toNanos()).isPresent();
  }

  /**
   * Writes a checkpoint, if any are written, and removes those that are not kept.
   *
   * @param record what happened so far
   * @param best the step of the lowest evaluation loss
   * @throws io.github.lora4j.CheckpointException if it cannot be written
   */
  void write(RunRecord record, OptionalInt best) {
    if (plan.isOn()) {
      CheckpointStore target = store.orElseThrow();
      target.write(record.steps().size(), directory -> writeParts(record, directory));
      target.prune(plan.keep(), best);
      lastWritten = System.nanoTime();
    }
  }

  private void writeParts(RunRecord record, Path directory) {
    parts.forEach(part -> part.save(directory));
    record.write(directory);
  }
}
