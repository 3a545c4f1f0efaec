// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.pattern;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression in the syntax of Python's {@code re}, the one an {@code adapter_config.json}
 * is written in.
 *
 * <p>The two dialects agree on what module names need; where the same text means something else to
 * Java (named groups, {@code \Z}, {@code [} inside a class, …) it is rewritten, and what Python
 * would refuse is refused, so that no config is saved that PEFT cannot read. Instances may be used
 * from several threads.
 */
public final class PythonPattern {
  // Python's \d and \w know Unicode, and only \n ends a line.
  private static final int FLAGS =
      Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE | Pattern.UNIX_LINES;

  private final String expression;
  private final Pattern pattern;

  private PythonPattern(String expression, Pattern pattern) {
    this.expression = expression;
    this.pattern = pattern;
  }

  /**
   * Compiles an expression.
   *
   * @param expression the expression in Python's syntax
   * @return the pattern
   * @throws PatternSyntaxException if Python would refuse the expression, or it uses a construct
   *     that Java lacks (a conditional group)
   */
  public static PythonPattern compile(String expression) {
    Objects.requireNonNull(expression, "expression");
    return new PythonPattern(
        expression, Pattern.compile(new PythonSyntax(expression).toJava(), FLAGS));
  }

  /**
   * Compiles an expression for the end of a dotted name, in whole segments: {@code q_proj} is the
   * end of {@code self_attn.q_proj}, {@code proj} is not (PEFT: {@code get_pattern_key}).
   *
   * @param expression the expression in Python's syntax
   * @return a pattern to be used with {@link #match}
   * @throws PatternSyntaxException as {@link #compile} does
   */
  public static PythonPattern nameEnd(String expression) {
    return compile("(.*\\.)?(" + expression + ")$");
  }

  /**
   * Whether the whole text matches (Python: {@code re.fullmatch}).
   *
   * @param text the text
   * @return true if it matches from its first to its last character
   * @throws io.github.lora4j.ConfigurationException if that takes millions of steps, as many
   *     repetitions may
   */
  public boolean fullMatch(String text) {
    return matcher(text).matches();
  }

  /**
   * Whether the beginning of the text matches (Python: {@code re.match}).
   *
   * @param text the text
   * @return true if it matches from its first character on
   * @throws io.github.lora4j.ConfigurationException as {@link #fullMatch} does
   */
  public boolean match(String text) {
    return matcher(text).lookingAt();
  }

  /**
   * What the last group catches when the beginning of the text matches.
   *
   * @param text the text
   * @return the last group's text, or empty if nothing matches or that group takes no part
   * @throws io.github.lora4j.ConfigurationException as {@link #fullMatch} does
   */
  public Optional<String> matchLastGroup(String text) {
    Matcher matcher = matcher(text);
    return matcher.lookingAt()
        ? Optional.ofNullable(matcher.group(matcher.groupCount()))
        : Optional.empty();
  }

  private Matcher matcher(String text) {
    return pattern.matcher(new CountedText(text, expression));
  }

  /** The expression in Python's syntax. */
  @Override
  public String toString() {
    return expression;
  }
}
