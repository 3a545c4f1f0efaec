package io.github.lora4j.examples.serve.tenant;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names of adapters, as a file of keys gives them.
 *
 * @param text a name in which {@code *} stands for any characters, none included
 */
public record NamePattern(String text) {
  /**
   * Whether a name is meant.
   *
   * @param name the whole name
   * @return true if it matches
   */
  public boolean matches(String name) {
    return Pattern.matches(
        Arrays.stream(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")),
        name);
  }
}
