// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.GgufExport;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a file for llama.cpp of an adapter. */
@Command(name = "export-gguf", description = "Write an adapter as llama.cpp and Ollama read it.")
public final class ExportGgufCommand implements Runnable {
  @Option(
      names = "--model",
      paramLabel = "PATH",
      required = true,
      description = "The base's directory or GGUF file; its weights are not read.")
  private Path model = Path.of("");

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      required = true,
      description = "An adapter in PEFT's format.")
  private Path adapter = Path.of("");

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "Where the GGUF file is written.")
  private Path output = Path.of("");

  @Override
  public void run() {
    GgufExport.adapter(adapter, model, output);
    System.out.println("adapter for llama.cpp: " + output);
  }
}
