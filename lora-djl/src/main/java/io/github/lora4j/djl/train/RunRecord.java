// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.djl.train.checkpoint.RunIdentity;
import io.github.lora4j.djl.train.checkpoint.StoredCheckpoint;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What happened in a run so far. Where it is in its data follows from the number of steps and the
 * seed.
 *
 * @param identity what the run was begun as
 * @param passes how often dropout drew a seed
 * @param nanos how long the run took
 * @param steps one report a step, in order
 * @param evaluations the evaluations, in order
 */
record RunRecord(
    RunIdentity identity,
    long passes,
    long nanos,
    List<StepReport> steps,
    List<EvaluationReport> evaluations) {
  private static final String FILE = "run.json";

  /** The rate of a given optimizer is NaN. */
  private static final Gson GSON =
      new GsonBuilder().serializeSpecialFloatingPointValues().setPrettyPrinting().create();

  RunRecord {
    steps = List.copyOf(steps);
    evaluations = List.copyOf(evaluations);
  }

  void write(Path directory) {
    AtomicFile.writeString(directory.resolve(FILE), GSON.toJson(this));
  }

  static RunRecord read(StoredCheckpoint checkpoint) {
    Path path = checkpoint.file(FILE);
    try {
      RunRecord record = GSON.fromJson(Files.readString(path), RunRecord.class);
      if (record == null) {
        throw new CheckpointException(path + ": is empty, expected a run's record");
      }
      return record;
    } catch (IOException | JsonParseException | NullPointerException e) {
      throw new CheckpointException(
          "%s: is no record of a run (%s); resume from another checkpoint".formatted(path, e), e);
    }
  }
}
