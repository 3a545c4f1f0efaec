// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.examples.loading.QuantizationOptions;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.StopSignal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fine-tunes an adapter on a checkpoint. */
@Command(name = "finetune", description = "Train a LoRA adapter on a Hugging Face checkpoint.")
public final class FineTuneCommand implements Runnable {
  @Option(names = "--model", paramLabel = "DIR", required = true, description = "The checkpoint.")
  private Path model = Path.of("");

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Where the adapter is saved, in PEFT's format.")
  private Path output = Path.of("");

  @Mixin private DataOptions data = new DataOptions();
  @Mixin private QuantizationOptions quantization = new QuantizationOptions();
  @Mixin private AdapterOptions adapter = new AdapterOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ReportOptions reports = new ReportOptions();

  @Override
  public void run() {
    LoraConfig config = adapter.config();
    StopSignal stop = new StopSignal();
    FineTunerBuilder builder = training.builder().outputDir(output).reports(reports.plan());
    checkpoints.apply(builder, stop);
    FineTuner tuner = builder.build();
    try (CausalLm base = HuggingFaceModel.load(model, quantization.loadOptions())) {
      InstructionDataset records = data.read(base.tokenizer());
      base.getNDManager().getEngine().setRandomSeed((int) training.seed());
      try (LoraModel lora = LoraModel.wrap(base, config)) {
        System.out.println(lora.trainableParameters());
        try (StopOnSignals signals = new StopOnSignals(stop)) {
          report(checkpoints.resume() ? tuner.resume(lora, records) : tuner.fit(lora, records));
        }
      }
    }
  }

  private void report(FineTuningResult result) {
    System.out.printf(
        Locale.ROOT, "%d steps in %d s%n", result.steps(), result.duration().toSeconds());
    if (result.steps() > 0) {
      double last = result.stepReports().get(result.steps() - 1).loss();
      System.out.printf(Locale.ROOT, "last loss %.4f%n", last);
    }
    result
        .bestEvaluationLoss()
        .ifPresent(loss -> System.out.printf(Locale.ROOT, "best evaluation loss %.4f%n", loss));
    result.warnings().forEach(warning -> System.out.println("warning: " + warning));
    System.out.println("adapter: " + output);
    if (result.stopReason() == StopReason.STOPPED_BY_SIGNAL) {
      System.out.println("stopped; to go on: " + commandToGoOn());
    }
  }

  private String commandToGoOn() {
    List<String> words = new ArrayList<>(spec.root().commandLine().getParseResult().originalArgs());
    if (!checkpoints.resume()) {
      words.add("--resume");
    }
    return "java -jar lora-examples.jar "
        + words.stream().map(FineTuneCommand::quoted).collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return word.matches("[\\w./:,=@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
