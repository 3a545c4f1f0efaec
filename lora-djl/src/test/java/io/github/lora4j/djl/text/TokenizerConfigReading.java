// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import java.nio.file.Path;
import java.util.List;

/** The files around a tokenizer read as {@link HuggingFaceLlmTokenizer} does, without its Rust. */
public final class TokenizerConfigReading {
  private TokenizerConfigReading() {}

  /** Reads all that is asked of a directory. */
  public static void read(Path directory) {
    TokenizerFiles files = new TokenizerFiles(directory);
    files.specialTokens(List.of("bos_token", "eos_token", "pad_token", "unk_token"));
    files.configuredIds("eos_token_id");
    String template = files.chatTemplate();
    if (template != null) {
      ChatTemplate.compile(template);
    }
  }
}
