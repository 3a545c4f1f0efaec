// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.InstructionDatasetBuilder;
import io.github.lora4j.data.LlmTokenizer;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The data to train on. */
final class DataOptions {
  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "JSON or JSON Lines.")
  private Path data = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "alpaca",
      description = "What a record is: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private Format format = Format.ALPACA;

  @Option(
      names = "--template",
      paramLabel = "TEMPLATE",
      defaultValue = "human-assistant",
      description =
          "How Alpaca records read: human-assistant, alpaca or chat (the checkpoint's own);"
              + " ${DEFAULT-VALUE} by default.")
  private Template template = Template.HUMAN_ASSISTANT;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      defaultValue = "256",
      description = "Tokens a row is cut at; ${DEFAULT-VALUE} by default.")
  private int maxLength;

  InstructionDataset read(LlmTokenizer tokenizer) {
    InstructionDatasetBuilder builder = format.read(data, tokenizer).maxLength(maxLength);
    if (format == Format.ALPACA) {
      builder.template(template.of(tokenizer));
    }
    return builder.build();
  }

  /** What a record is. */
  enum Format {
    /** Instruction, input, output. */
    ALPACA {
      @Override
      InstructionDatasetBuilder read(Path file, LlmTokenizer tokenizer) {
        return InstructionDataset.alpaca(file, tokenizer);
      }
    },
    /** Prompt and completion. */
    COMPLETION {
      @Override
      InstructionDatasetBuilder read(Path file, LlmTokenizer tokenizer) {
        return InstructionDataset.promptCompletion(file, tokenizer);
      }
    },
    /** A conversation. */
    CHAT {
      @Override
      InstructionDatasetBuilder read(Path file, LlmTokenizer tokenizer) {
        return InstructionDataset.chat(file, tokenizer);
      }
    };

    abstract InstructionDatasetBuilder read(Path file, LlmTokenizer tokenizer);

    @Override
    public String toString() {
      return OptionNames.of(this);
    }
  }
}
