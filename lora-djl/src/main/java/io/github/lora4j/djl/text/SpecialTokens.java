// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.text.TokenizerSource.NamedToken;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The special tokens of a checkpoint.
 *
 * @param texts their texts by the names chat templates know ({@code bos_token}, …)
 * @param beginOfSequence the id of the token that begins a sequence
 * @param endOfSequence the ids of the tokens that end one, the tokenizer's own first
 * @param padding the id of the token that fills short rows
 */
// Private to this package, and never written to.
@SuppressWarnings("ArrayRecordComponent")
record SpecialTokens(
    Map<String, String> texts,
    OptionalInt beginOfSequence,
    int[] endOfSequence,
    OptionalInt padding) {
  private static final List<String> NAMES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  static SpecialTokens read(TokenizerSource files, Function<String, int[]> encode) {
    Map<String, NamedToken> named = files.specialTokens(NAMES);
    Map<String, String> texts =
        named.entrySet().stream()
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> e.getValue().text()));
    Reader reader = new Reader(files, named, encode);
    return new SpecialTokens(
        texts, reader.one("bos"), reader.all("eos").distinct().toArray(), reader.one("pad"));
  }

  private record Reader(
      TokenizerSource files, Map<String, NamedToken> named, Function<String, int[]> encode) {
    OptionalInt one(String name) {
      return all(name).findFirst();
    }

    /** The tokenizer's own token first, then what the model's configuration adds. */
    IntStream all(String name) {
      IntStream configured = IntStream.of(files.configuredIds(name + "_token_id"));
      NamedToken token = named.get(name + "_token");
      return token == null ? configured : IntStream.concat(IntStream.of(id(token)), configured);
    }

    private int id(NamedToken token) {
      int[] ids = encode.apply(token.text());
      if (ids.length != 1) {
        throw new CheckpointException(
            "%s: field \"%s\": \"%s\" is not a token of tokenizer.json"
                .formatted(token.file(), token.field(), token.text()));
      }
      return ids[0];
    }
  }
}
