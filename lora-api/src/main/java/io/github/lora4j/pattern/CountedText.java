// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.pattern;

import io.github.lora4j.ConfigurationException;

/**
 * A text that may be looked at so often only. Java's matcher goes back and tries again without end
 * on expressions such as {@code .*a.*a.*a.*a.*b}, which anybody may write into a configuration
 * file.
 */
final class CountedText implements CharSequence {
  /** A name of a hundred characters takes a sane expression some thousands. */
  private static final int LIMIT = 5_000_000;

  private final CharSequence text;
  private final String expression;
  private final int[] looks;

  CountedText(CharSequence text, String expression) {
    this(text, expression, new int[1]);
  }

  private CountedText(CharSequence text, String expression, int[] looks) {
    this.text = text;
    this.expression = expression;
    this.looks = looks;
  }

  @Override
  public char charAt(int index) {
    if (++looks[0] > LIMIT) {
      throw new ConfigurationException(
          "the regular expression \"%s\" takes over %,d steps on \"%s\"; write it with fewer repetitions"
              .formatted(expression, LIMIT, text));
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return new CountedText(text.subSequence(start, end), expression, looks);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
