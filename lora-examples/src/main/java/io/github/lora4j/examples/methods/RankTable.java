// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import io.github.lora4j.AdaLoraConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ranks that were left to each module: a line for all layers' modules of one name. */
final class RankTable {
  private static final Pattern MODULE = Pattern.compile(".*\\.h\\.(\\d+)\\.(.+)");

  private RankTable() {}

  static List<String> of(AdaLoraConfig config) {
    Map<String, Map<Integer, Integer>> ranks = new TreeMap<>();
    for (String module : config.rankPattern().keySet()) {
      Matcher matcher = MODULE.matcher(module);
      if (matcher.matches()) {
        ranks
            .computeIfAbsent(matcher.group(2), name -> new TreeMap<>())
            .put(Integer.parseInt(matcher.group(1)), config.rankOf(module));
      }
    }
    List<String> lines = new ArrayList<>();
    ranks.forEach((name, byLayer) -> lines.add(line(name, byLayer)));
    return lines;
  }

  private static String line(String name, Map<Integer, Integer> byLayer) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-32s", name));
    byLayer
        .values()
        .forEach(rank -> line.append(String.format(Locale.ROOT, "%2d %-13s", rank, bar(rank))));
    return line.toString().stripTrailing();
  }

  private static String bar(int rank) {
    return "▪".repeat(rank);
  }
}
