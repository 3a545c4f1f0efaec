// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train.checkpoint;

import io.github.lora4j.ConfigurationException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * All that decides how a run goes: two runs of equal fields give equal numbers.
 *
 * @param fields what each is, by what it is called
 */
public record RunIdentity(Map<String, String> fields) {
  private static final String ABSENT = "not there";
  private static final int SHOWN = 80;

  /** Copies the fields. */
  public RunIdentity {
    fields = new TreeMap<>(fields);
  }

  /**
   * Insists that this is the run that another one was begun as.
   *
   * @param begun the run as it was begun
   * @param where where that is written, for the message
   * @throws ConfigurationException naming each difference
   */
  public void requireSame(RunIdentity begun, String where) {
    TreeSet<String> names = new TreeSet<>(fields.keySet());
    names.addAll(begun.fields.keySet());
    String differences =
        names.stream()
            .filter(name -> !Objects.equals(fields.get(name), begun.fields.get(name)))
            .map(name -> "%s was %s, is %s".formatted(name, begun.shown(name), shown(name)))
            .collect(Collectors.joining("; "));
    if (!differences.isEmpty()) {
      throw new ConfigurationException(
          "%s: is of another run: %s. Resume with what the run began with, or begin a new one with fit in another outputDir"
              .formatted(where, differences));
    }
  }

  private String shown(String name) {
    String value = fields.getOrDefault(name, ABSENT);
    return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "…";
  }
}
