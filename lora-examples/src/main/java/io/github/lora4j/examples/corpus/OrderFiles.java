// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import com.google.gson.GsonBuilder;
import io.github.lora4j.data.InstructionRecord;
import io.github.lora4j.djl.format.AtomicFile;
import java.nio.file.Path;
import java.util.List;

/** The order records of the quick start as Alpaca files. */
public final class OrderFiles {
  private static final long SEED = 7;
  private static final int TRAINING = 600;
  private static final int HELD_OUT = 100;

  private OrderFiles() {}

  /**
   * Writes both files; they are the same each time.
   *
   * @param training the records to train on
   * @param heldOut the records to judge by
   * @throws io.github.lora4j.CheckpointException if a file cannot be written
   */
  public static void write(Path training, Path heldOut) {
    Orders.Split split = Orders.make(SEED, TRAINING, HELD_OUT);
    write(training, split.training());
    write(heldOut, split.heldOut());
  }

  /**
   * Writes one file.
   *
   * @param file the file
   * @param records its records
   * @throws io.github.lora4j.CheckpointException if it cannot be written
   */
  public static void write(Path file, List<InstructionRecord> records) {
    AtomicFile.writeString(
        file,
        new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(records)
            + "\n");
  }
}
