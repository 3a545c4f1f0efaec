package io.github.lora4j.examples.command;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.examples.loading.QuantizationOptions;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningResult;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
  @Mixin private ReportOptions reports = new ReportOptions();

  @Override
  public void run() {
    LoraConfig config = adapter.config();
    FineTuner tuner = training.builder().outputDir(output).reports(reports.plan()).build();
    try (CausalLm base = HuggingFaceModel.load(model, quantization.loadOptions())) {
      InstructionDataset records = data.read(base.tokenizer());
      base.getNDManager().getEngine().setRandomSeed((int) training.seed());
      try (LoraModel lora = LoraModel.wrap(base, config)) {
        System.out.println(lora.trainableParameters());
        report(tuner.fit(lora, records));
      }
    }
  }

  private void report(FineTuningResult result) {
    System.out.printf(
        Locale.ROOT,
        "%d steps in %d s, last loss %.4f%n",
        result.steps(),
        result.duration().toSeconds(),
        result.stepReports().get(result.steps() - 1).loss());
    result
        .bestEvaluationLoss()
        .ifPresent(loss -> System.out.printf(Locale.ROOT, "best evaluation loss %.4f%n", loss));
    result.warnings().forEach(warning -> System.out.println("warning: " + warning));
    System.out.println("adapter: " + output);
  }
}
