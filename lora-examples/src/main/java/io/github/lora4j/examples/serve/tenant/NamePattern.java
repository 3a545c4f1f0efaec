// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.tenant;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of adapters, as a file of keys gives them. */
public final class NamePattern {
  private final Pattern pattern;

  /**
   * Creates the pattern.
   *
   * @param text a name in which {@code *} stands for any characters, none included
   */
  public NamePattern(String text) {
    pattern =
        Pattern.compile(
            Arrays.stream(text.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")));
  }

  /**
   * Whether a name is meant.
   *
   * @param name the whole name
   * @return true if it matches
   */
  public boolean matches(String name) {
    return pattern.matcher(name).matches();
  }
}
