// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.PromptCompletion;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Rows of random tokens, all of one length, of which every token but the first is learned. */
final class RandomRows {
  private RandomRows() {}

  /** Makes a dataset. */
  static InstructionDataset of(int rows, int length, int vocabulary, long seed) {
    NumberTokenizer tokenizer = new NumberTokenizer(vocabulary - 1);
    Random random = new Random(seed);
    List<PromptCompletion> records =
        IntStream.range(0, rows)
            .mapToObj(
                row -> record(random.ints(length - 1, 0, vocabulary - 1).toArray(), tokenizer))
            .toList();
    return InstructionDataset.of(records, tokenizer).maskPrompt(false).maxLength(length).build();
  }

  /** The end of a sequence is added by the dataset. */
  private static PromptCompletion record(int[] ids, NumberTokenizer tokenizer) {
    int[] rest = Arrays.copyOfRange(ids, 1, ids.length);
    return new PromptCompletion(Integer.toString(ids[0]), " " + tokenizer.decode(rest, false));
  }
}
