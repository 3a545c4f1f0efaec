// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.story;

import io.github.lora4j.ConfigurationException;

/** What all numbers of an example's options must be. */
public final class PositiveNumber {
  private PositiveNumber() {}

  /**
   * Checks a number.
   *
   * @param name the option's name
   * @param number what it is set to
   * @throws ConfigurationException if it is below 1
   */
  public static void require(String name, int number) {
    if (number < 1) {
      throw new ConfigurationException("%s must be at least 1, was %d".formatted(name, number));
    }
  }
}
