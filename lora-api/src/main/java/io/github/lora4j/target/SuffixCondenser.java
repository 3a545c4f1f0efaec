// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Long lists of targets in few words: the shortest ends of names that tell the targets from the
 * other modules (PEFT: {@code _find_minimal_target_modules}, applied to 20 targets or more).
 */
final class SuffixCondenser {
  private static final int FEWEST = 20;

  private SuffixCondenser() {}

  /**
   * Condenses a list.
   *
   * @param targets the targets
   * @param names all names of the model
   * @return fewer ends of names that select the same modules, or {@code targets}
   */
  static List<String> condense(List<String> targets, Collection<String> names) {
    Set<String> distinct = new LinkedHashSet<>(targets);
    if (distinct.size() < FEWEST) {
      return targets;
    }
    Set<String> condensed = shortestEnds(distinct, endsOfOthers(distinct, names));
    return condensed.isEmpty() || condensed.size() >= distinct.size()
        ? targets
        : List.copyOf(condensed);
  }

  private static Set<String> endsOfOthers(Set<String> targets, Collection<String> names) {
    Set<String> ends = new HashSet<>();
    for (String name : names) {
      List<String> own = ends(name);
      if (own.stream().noneMatch(targets::contains)) {
        ends.addAll(own);
      }
    }
    return ends;
  }

  private static Set<String> shortestEnds(Set<String> targets, Set<String> taken) {
    Set<String> required = new LinkedHashSet<>();
    for (List<String> ends : sortedByEnds(targets)) {
      String name = ends.get(ends.size() - 1);
      for (String end : ends) {
        if (required.contains(end) || taken.contains(end)) {
          continue;
        }
        if (required.stream().noneMatch(known -> name.endsWith("." + known))) {
          required.add(end);
          break;
        }
      }
    }
    return required;
  }

  private static List<List<String>> sortedByEnds(Set<String> targets) {
    return targets.stream()
        .map(SuffixCondenser::ends)
        .sorted(Comparator.comparing(ends -> String.join("\0", ends)))
        .toList();
  }

  /** {@code c}, {@code b.c}, {@code a.b.c}. */
  private static List<String> ends(String name) {
    List<String> ends = new ArrayList<>();
    for (int dot = name.lastIndexOf('.'); dot >= 0; dot = name.lastIndexOf('.', dot - 1)) {
      ends.add(name.substring(dot + 1));
    }
    ends.add(name);
    return ends;
  }
}
