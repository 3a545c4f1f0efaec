// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.loading.QuantizationOptions;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.TokenListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Continues a prompt, token by token. */
@Command(name = "generate", description = "Continue a prompt, with or without an adapter.")
public final class GenerateCommand implements Runnable {
  @Option(names = "--model", paramLabel = "DIR", required = true, description = "The checkpoint.")
  private Path model = Path.of("");

  @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter in PEFT's format.")
  private Optional<Path> adapter = Optional.empty();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "What to continue.")
  private String prompt = "";

  @Option(
      names = "--input",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "What the instruction in --prompt is to be done on.")
  private String input = "";

  @Option(
      names = "--template",
      paramLabel = "TEMPLATE",
      description =
          "Lay the prompt out as an instruction: ${COMPLETION-CANDIDATES}. As it is by default.")
  private Optional<Template> template = Optional.empty();

  @Mixin private QuantizationOptions quantization = new QuantizationOptions();
  @Mixin private SamplingOptions sampling = new SamplingOptions();

  @Override
  public void run() {
    GenerationConfig config = sampling.config();
    try (CausalLm base = HuggingFaceModel.load(model, quantization.loadOptions())) {
      if (adapter.isEmpty()) {
        stream(base, config);
        return;
      }
      try (LoraModel lora = LoraModel.load(base, adapter.get())) {
        stream(lora, config);
      }
    }
  }

  private void stream(CausalLm answering, GenerationConfig config) {
    String text =
        template
            .map(layout -> layout.of(answering.tokenizer()).prompt(prompt, input))
            .orElseGet(() -> input.isEmpty() ? prompt : prompt + "\n" + input);
    answering.generate(List.of(text), config, TokenListener.ofText(GenerateCommand::show));
    System.out.println();
  }

  private static void show(String piece) {
    System.out.print(piece);
    System.out.flush();
  }
}
