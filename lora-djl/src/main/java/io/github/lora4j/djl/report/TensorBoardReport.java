// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An event file for TensorBoard, with the tags of transformers' {@code TensorBoardCallback}; each
 * run adds one, so that an earlier one of the same directory can still be compared with. Field
 * numbers are those of TensorFlow's {@code event.proto}, {@code summary.proto} and {@code
 * tensor.proto}.
 */
final class TensorBoardReport implements RunReport {
  static final String DIRECTORY = "tensorboard";
  private static final String FORMAT = "brain.Event:2";
  private static final int DT_STRING = 7;

  private final Path directory;
  private final RunClock clock;
  private @Nullable EventFile file;

  TensorBoardReport(Path outputDir, RunClock clock) {
    directory = outputDir.resolve(DIRECTORY);
    this.clock = clock;
  }

  @Override
  public void onStart(RunInfo info) {
    long millis = clock.epochMillis();
    // TensorBoard knows event files by this beginning and orders them by the seconds after it.
    String name =
        "events.out.tfevents.%010d.%03d.%d"
            .formatted(millis / 1000, millis % 1000, ProcessHandle.current().pid());
    try {
      Files.createDirectories(directory);
      file = new EventFile(Files.newOutputStream(directory.resolve(name)));
    } catch (IOException e) {
      throw failed(e);
    }
    append(event(0).text(3, FORMAT));
    summary(0, List.of(table("configuration", RunFacts.configuration(info))));
  }

  @Override
  public void onStep(StepReport report) {
    summary(
        report.step(),
        List.of(
            scalar("train/loss", report.loss()),
            scalar("train/learning_rate", report.learningRate()),
            scalar("train/grad_norm", report.gradientNorm()),
            scalar("train/tokens_per_second", report.tokensPerSecond()),
            scalar("train/memory_bytes", (double) report.memoryBytes())));
  }

  @Override
  public void onEvaluation(EvaluationReport report) {
    summary(report.step(), List.of(scalar("eval/loss", report.loss())));
  }

  private ProtoMessage event(long step) {
    return new ProtoMessage().number(1, clock.epochMillis() / 1000.0).integer(2, step);
  }

  private void summary(long step, List<ProtoMessage> values) {
    ProtoMessage summary = new ProtoMessage();
    values.forEach(value -> summary.message(1, value));
    append(event(step).message(5, summary));
  }

  private static ProtoMessage scalar(String tag, double value) {
    return new ProtoMessage().text(1, tag).number(2, (float) value);
  }

  /** A tensor of one string, which the plug-in {@code text} shows as Markdown. */
  private static ProtoMessage table(String tag, Map<String, String> rows) {
    String markdown =
        rows.entrySet().stream()
            .map(row -> "| " + row.getKey() + " | " + row.getValue().replace("|", "\\|") + " |")
            .collect(Collectors.joining("\n", "| | |\n|---|---|\n", "\n"));
    ProtoMessage plugin = new ProtoMessage().message(1, new ProtoMessage().text(1, "text"));
    ProtoMessage shape = new ProtoMessage().message(2, new ProtoMessage().integer(1, 1));
    ProtoMessage tensor =
        new ProtoMessage().integer(1, DT_STRING).message(2, shape).text(8, markdown);
    return new ProtoMessage().text(1, tag).message(8, tensor).message(9, plugin);
  }

  private void append(ProtoMessage event) {
    if (file == null) {
      return;
    }
    try {
      file.append(event);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException(
        directory + ": the event file cannot be written (" + e + ")", e);
  }

  @Override
  public void close() {
    try (EventFile open = file) {
      file = null;
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
