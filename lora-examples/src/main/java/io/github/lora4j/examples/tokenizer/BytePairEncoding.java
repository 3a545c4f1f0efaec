// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A trained byte-pair encoding (Sennrich et al., 2016) over bytes (Radford et al., 2019).
 *
 * @param merges the merges, the most important first
 */
public record BytePairEncoding(List<Merge> merges) {
  /** The special tokens, which have the first ids. */
  public static final List<String> SPECIAL_TOKENS = List.of("<unk>", "<s>", "</s>", "<pad>");

  /** Copies the list. */
  public BytePairEncoding {
    merges = List.copyOf(merges);
  }

  /**
   * All tokens; a token's place is its id.
   *
   * @return the special tokens, a token for each byte, and what the merges make
   */
  public List<String> tokens() {
    List<String> tokens = new ArrayList<>(SPECIAL_TOKENS);
    tokens.addAll(ByteAlphabet.all());
    merges.forEach(merge -> tokens.add(merge.merged()));
    return List.copyOf(tokens);
  }

  /**
   * The number of tokens without any merge.
   *
   * @return special tokens and bytes
   */
  static int alphabetSize() {
    return SPECIAL_TOKENS.size() + ByteAlphabet.all().size();
  }

  /**
   * Learns merges from text.
   *
   * @param texts the text
   * @param vocabularySize the number of tokens at which to stop, at least 260
   * @param minimumCount how often a pair must occur to be merged
   * @return the encoding; of fewer tokens if no pair is frequent enough
   */
  public static BytePairEncoding train(
      Stream<String> texts, int vocabularySize, long minimumCount) {
    PairCounts counts = PairCounts.of(texts.flatMap(text -> PreTokenizer.pieces(text).stream()));
    List<Merge> merges = new ArrayList<>();
    while (alphabetSize() + merges.size() < vocabularySize) {
      Merge next = counts.mostFrequent(minimumCount).orElse(null);
      if (next == null) {
        break;
      }
      merges.add(next);
      counts.apply(next);
    }
    return new BytePairEncoding(merges);
  }

  /**
   * Two neighbouring tokens that become one.
   *
   * @param left the first
   * @param right the second
   */
  public record Merge(String left, String right) {
    /**
     * The token they become.
     *
     * @return both, one after the other
     */
    public String merged() {
      return left + right;
    }
  }
}
