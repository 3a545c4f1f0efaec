// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Encodes by the definition: within a piece, the most important merge that applies, again. */
final class ReferenceEncoder {
  private final List<String> tokens;
  private final Map<BytePairEncoding.Merge, Integer> ranks = new HashMap<>();

  ReferenceEncoder(BytePairEncoding encoding) {
    tokens = encoding.tokens();
    encoding.merges().forEach(merge -> ranks.put(merge, ranks.size()));
  }

  int[] encode(String text) {
    return PreTokenizer.pieces(text).stream()
        .flatMap(piece -> merge(new ArrayList<>(ByteAlphabet.symbols(piece))).stream())
        .mapToInt(tokens::indexOf)
        .toArray();
  }

  private List<String> merge(List<String> symbols) {
    while (true) {
      int best = -1;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        if (rank(symbols, i) < (best < 0 ? Integer.MAX_VALUE : rank(symbols, best))) {
          best = i;
        }
      }
      if (best < 0) {
        return symbols;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }

  private int rank(List<String> symbols, int index) {
    return ranks.getOrDefault(
        new BytePairEncoding.Merge(symbols.get(index), symbols.get(index + 1)), Integer.MAX_VALUE);
  }
}
