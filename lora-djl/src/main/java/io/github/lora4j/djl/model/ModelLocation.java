// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.djl.arch.GgufConfig;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.text.HuggingFaceLlmTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a model's configuration and tokenizer are: in its directory; or, of a GGUF file, in it and
 * beside it.
 *
 * @param path the directory, or the file
 */
record ModelLocation(Path path) {
  /** The configuration, read again. */
  HuggingFaceConfig config() {
    if (!GgufFile.isNamed(path)) {
      return HuggingFaceConfig.read(path);
    }
    try (GgufFile file = GgufFile.open(path)) {
      return GgufConfig.of(file);
    }
  }

  /** The tokenizer, if there is one: files of its own go before what is in a GGUF file. */
  Optional<HuggingFaceLlmTokenizer> tokenizer() {
    if (Files.isRegularFile(directory().resolve("tokenizer.json"))) {
      return Optional.of(HuggingFaceLlmTokenizer.open(directory()));
    }
    if (!GgufFile.isNamed(path)) {
      return Optional.empty();
    }
    try (GgufFile file = GgufFile.open(path)) {
      return HuggingFaceLlmTokenizer.open(file.metadata());
    }
  }

  /** The directory of the tokenizer's files. */
  Path directory() {
    return GgufFile.isNamed(path) ? path.toAbsolutePath().resolveSibling("") : path;
  }
}
