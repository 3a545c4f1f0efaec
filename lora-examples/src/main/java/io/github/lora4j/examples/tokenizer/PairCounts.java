// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.tokenizer;

import io.github.lora4j.examples.tokenizer.BytePairEncoding.Merge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How often which tokens are neighbours, while merges are being learned. */
final class PairCounts {
  /** Ties go to the pair that sorts first, so that the result is the same everywhere. */
  private static final Comparator<Map.Entry<Merge, Long>> ORDER =
      Map.Entry.<Merge, Long>comparingByValue(Comparator.reverseOrder())
          .thenComparing(entry -> entry.getKey().left())
          .thenComparing(entry -> entry.getKey().right());

  private final List<Piece> pieces;
  private final Map<Merge, Long> counts = new HashMap<>();

  private PairCounts(List<Piece> pieces) {
    this.pieces = pieces;
    pieces.forEach(piece -> count(piece, 1));
  }

  static PairCounts of(Stream<String> pieces) {
    Map<String, Long> frequencies =
        pieces.collect(Collectors.groupingBy(piece -> piece, TreeMap::new, Collectors.counting()));
    return new PairCounts(
        frequencies.entrySet().stream()
            .map(entry -> new Piece(ByteAlphabet.symbols(entry.getKey()), entry.getValue()))
            .collect(Collectors.toCollection(ArrayList::new)));
  }

  Optional<Merge> mostFrequent(long minimumCount) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() >= minimumCount)
        .min(ORDER)
        .map(Map.Entry::getKey);
  }

  void apply(Merge merge) {
    pieces.replaceAll(piece -> merged(piece, merge));
  }

  private Piece merged(Piece piece, Merge merge) {
    if (!piece.has(merge)) {
      return piece;
    }
    count(piece, -1);
    Piece result = piece.with(merge);
    count(result, 1);
    return result;
  }

  private void count(Piece piece, int sign) {
    for (int i = 0; i + 1 < piece.tokens().size(); i++) {
      counts.merge(piece.pair(i), sign * piece.count(), Long::sum);
    }
  }

  /** A piece of text as tokens, and how often it occurs. */
  private record Piece(List<String> tokens, long count) {
    Merge pair(int index) {
      return new Merge(tokens.get(index), tokens.get(index + 1));
    }

    boolean has(Merge merge) {
      for (int i = 0; i + 1 < tokens.size(); i++) {
        if (pair(i).equals(merge)) {
          return true;
        }
      }
      return false;
    }

    Piece with(Merge merge) {
      List<String> merged = new ArrayList<>();
      for (int i = 0; i < tokens.size(); i++) {
        if (i + 1 < tokens.size() && pair(i).equals(merge)) {
          merged.add(merge.merged());
          i++;
        } else {
          merged.add(tokens.get(i));
        }
      }
      return new Piece(merged, count);
    }
  }
}
