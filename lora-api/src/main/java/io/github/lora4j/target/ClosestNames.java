// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The names of a model that look most like what was asked for. */
final class ClosestNames {
  private static final int PER_TARGET = 3;

  private ClosestNames() {}

  /**
   * Looks among last segments and full names.
   *
   * @param targets what was asked for
   * @param modules what there is
   * @return distinct names, the best first, a few for each target
   */
  static List<String> find(List<String> targets, List<AdaptableModule> modules) {
    Set<String> candidates = new LinkedHashSet<>();
    modules.forEach(module -> candidates.add(ModuleTree.lastSegment(module.name())));
    modules.forEach(module -> candidates.add(module.name()));
    return targets.stream()
        .flatMap(
            target ->
                candidates.stream()
                    .sorted(Comparator.comparingInt(name -> distance(target, name)))
                    .limit(PER_TARGET))
        .distinct()
        .toList();
  }

  /** Levenshtein's: the insertions, deletions and replacements that lead from a to b. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
