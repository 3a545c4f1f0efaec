// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run of one method printed.
 *
 * @param method its name
 * @param values the figures by key
 */
record MethodFigures(String method, Map<String, Double> values) {
  static final String TRAINED = "trained_parameters";
  static final String PEAK = "peak_resident_mib";
  static final String SECONDS = "step_seconds";
  static final String PROCESSOR = "step_processor_seconds";
  static final String ACCURACY = "held_out_accuracy";

  /** Before the number of the step. */
  static final String LOSS_AFTER = "held_out_loss_after_";

  static MethodFigures parse(String method, String printed) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (String line : printed.lines().toList()) {
      String[] words = line.trim().split("\\s+", 3);
      if (words.length == 3 && words[0].indexOf('_') > 0) {
        values.put(words[0], Double.parseDouble(words[1]));
      }
    }
    return new MethodFigures(method, values);
  }

  double get(String key) {
    return values.getOrDefault(key, Double.NaN);
  }

  /** Losses on held-out data, by the step after which they were taken. */
  TreeMap<Integer, Double> losses() {
    TreeMap<Integer, Double> losses = new TreeMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(LOSS_AFTER)) {
            losses.put(Integer.parseInt(key.substring(LOSS_AFTER.length())), value);
          }
        });
    return losses;
  }

  double finalLoss() {
    return losses().isEmpty() ? Double.NaN : losses().lastEntry().getValue();
  }
}
