// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.train.checkpoint.CheckpointStore;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.StepReport;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that trains with a checkpoint each step, to be killed at any moment: it goes on where
 * it was, prints each step, and leaves its losses in a file.
 */
final class InterruptedChild {
  static final int STEPS = 60;
  static final String LOSSES = "losses.txt";

  private InterruptedChild() {}

  /**
   * Trains.
   *
   * @param args the output directory
   */
  public static void main(String[] args) {
    train(Path.of(args[0]), System.out);
  }

  static void train(Path output, OutputStream steps) {
    PrintStream lines = new PrintStream(steps, true, StandardCharsets.UTF_8);
    FineTuningListener printer =
        new FineTuningListener() {
          @Override
          public void onStep(StepReport report) {
            lines.println("step " + report.step());
          }
        };
    FineTuner tuner =
        TinyTraining.tuner()
            .batchSize(1)
            .gradientAccumulation(2)
            .maxSteps(STEPS)
            .outputDir(output)
            .checkpointEverySteps(1)
            .listener(printer)
            .build();
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0.2)) {
      boolean begun = !new CheckpointStore(output).all().isEmpty();
      FineTuningResult result =
          begun ? tuner.resume(model, TinyTraining.data()) : tuner.fit(model, TinyTraining.data());
      Files.writeString(
          output.resolve(LOSSES),
          String.join("\n", result.stepReports().stream().map(r -> r.loss() + "").toList()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
