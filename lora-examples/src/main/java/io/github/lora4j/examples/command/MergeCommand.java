package io.github.lora4j.examples.command;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes one checkpoint of base and adapter. */
@Command(name = "merge", description = "Write base and adapter as one checkpoint.")
public final class MergeCommand implements Runnable {
  @Option(names = "--model", paramLabel = "DIR", required = true, description = "The checkpoint.")
  private Path model = Path.of("");

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      required = true,
      description = "An adapter in PEFT's format.")
  private Path adapter = Path.of("");

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Where the merged checkpoint is written.")
  private Path output = Path.of("");

  @Override
  public void run() {
    try (CausalLm base = HuggingFaceModel.load(model);
        LoraModel lora = LoraModel.load(base, adapter)) {
      lora.saveMerged(output);
    }
    System.out.println("merged checkpoint: " + output);
  }
}
