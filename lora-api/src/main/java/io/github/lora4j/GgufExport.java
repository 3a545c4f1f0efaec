// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import io.github.lora4j.spi.LoraProvider;
import java.nio.file.Path;

/** Files for llama.cpp and what builds on it. */
public final class GgufExport {
  private GgufExport() {}

  /**
   * Writes a LoRA adapter as a GGUF file (llama.cpp: {@code convert_lora_to_gguf.py}), which {@code
   * llama-cli --lora} and Ollama's {@code ADAPTER} read. Factors are in float32. llama.cpp scales
   * by alpha / rank alone, so a rank-stabilised scaling goes into alpha, and ranks or alphas of
   * single modules into their B.
   *
   * @param adapterDirectory an adapter in PEFT's format
   * @param base the model it is for: a directory with {@code config.json}, or a GGUF file; no
   *     weights are read
   * @param file where to; an existing file is replaced
   * @throws AdapterException naming what is damaged, or what llama.cpp has no form for: DoRA,
   *     trained biases, whole modules
   * @throws CheckpointException if the base is of an architecture whose names in llama.cpp are not
   *     known, or the file cannot be written
   */
  public static void adapter(Path adapterDirectory, Path base, Path file) {
    LoraProvider.get().exportGguf(adapterDirectory, base, file);
  }
}
