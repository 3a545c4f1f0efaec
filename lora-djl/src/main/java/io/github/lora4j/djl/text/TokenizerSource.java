// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a model's files say of its tokenizer. */
sealed interface TokenizerSource permits TokenizerFiles, GgufTokenizer {
  /** The file that holds the tokenizer, for messages. */
  Path tokenizerPath();

  /** The tokenizer in the form of {@code tokenizer.json}. */
  byte[] tokenizerJson();

  /** The named special tokens, as text. */
  Map<String, NamedToken> specialTokens(Iterable<String> names);

  /** The token ids that the model's configuration gives a name, for example eos_token_id. */
  int[] configuredIds(String field);

  /** The chat template, if there is one. */
  @Nullable String chatTemplate();

  /** The text of a special token and the field that names it. */
  record NamedToken(Path file, String field, String text) {}
}
