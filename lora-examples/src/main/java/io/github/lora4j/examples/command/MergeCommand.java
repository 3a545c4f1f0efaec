// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.loading.QuantizationOptions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description =
          "The original checkpoint to merge into, tensor by tensor and in its own types; without it the"
              + " sum is written in float32, over a quantised --model of its dequantised weights.")
  private Optional<Path> original = Optional.empty();

  @Mixin private QuantizationOptions quantization = new QuantizationOptions();

  @Override
  public void run() {
    try (CausalLm base = HuggingFaceModel.load(model, quantization.loadOptions());
        LoraModel lora = LoraModel.load(base, adapter)) {
      if (original.isPresent()) {
        System.out.println(lora.saveMerged(original.get(), output));
      } else {
        lora.saveMerged(output);
      }
    }
    System.out.println("merged checkpoint: " + output);
  }
}
