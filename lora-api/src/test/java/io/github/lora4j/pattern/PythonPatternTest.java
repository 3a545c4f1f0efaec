// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers are those of Python 3.11's {@code re.fullmatch}. */
class PythonPatternTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        ".*q_proj; layers.0.q_proj; true",
        "q_proj; layers.0.q_proj; false",
        "(?P<proj_name>q|k)_(?P=proj_name); q_q; true",
        "(?P<proj_name>q|k)_(?P=proj_name); q_k; false",
        "(?P<a_b>x)(?P<ab>y)(?P=a_b)(?P=ab); xyxy; true",
        "abc\\Z; abc; true",
        "[[a]; [; true",
        "[[a]; a; true",
        "[]a]+; ]a; true",
        "[^]a]; ]; false",
        "[a&&b]+; a&b; true",
        "[^\\]]; ]; false",
        "a{,2}; aa; true",
        "a{,2}; aaa; false",
        "a{2}; aa; true",
        "a{1,}; aaa; true",
        "a{; a{; true",
        "a{}; a{}; true",
        "{x}; {x}; true",
        "\\w+; größe; true",
        "\\d+; ٣; true",
        "(?i)Ä; ä; true",
        "(?:a|b)(?=c)c; ac; true",
        "(?<=a)b; b; false",
        "a(?<!b)c; ac; true",
        "\\U0001F600; 😀; true",
        "\\.\\d; .1; true",
      })
  void wholeTextMatchesAsInPython(String expression, String text, boolean matches) {
    assertEquals(matches, PythonPattern.compile(expression).fullMatch(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "[",
        "*",
        "a\\",
        "\\p{L}",
        "\\Qa\\E",
        "\\h",
        "\\z",
        "(?<name>a)",
        "(?P<a b>c)",
        "(?P<open",
        "(?P=none)",
        "\\U0001",
        "(?P<a>x)(?P<a>y)",
      })
  void whatPythonRefusesIsRefused(String expression) {
    assertThrows(PatternSyntaxException.class, () -> PythonPattern.compile(expression));
  }

  @Test
  void escapesThatMeanAnotherThingToJavaKeepTheirMeaning() {
    assertTrue(PythonPattern.compile("a\\vb").fullMatch("a\u000Bb"));
    assertTrue(PythonPattern.compile("[\\b]").fullMatch("\b"));
    assertEquals(false, PythonPattern.compile("\\v").fullMatch("\n"));
  }

  @Test
  void nameEndsInWholeSegments() {
    PythonPattern pattern = PythonPattern.nameEnd("q_proj|attn.v");

    assertTrue(pattern.match("q_proj"));
    assertTrue(pattern.match("layers.0.attn.v"));
    assertEquals(false, pattern.match("layers.0.xattn.v"));
    assertEquals(false, pattern.match("q_proj.x"));
  }

  @Test
  void lastGroupIsFoundFromTheBeginning() {
    PythonPattern pattern = PythonPattern.compile("(a)|b(\\d)");

    assertEquals(Optional.of("1"), pattern.matchLastGroup("b1 and more"));
    assertEquals(Optional.empty(), pattern.matchLastGroup("a"));
    assertEquals(Optional.empty(), pattern.matchLastGroup("xb1"));
  }

  @Test
  void textIsTheExpressionAsGiven() {
    assertEquals("a{,2}\\Z", PythonPattern.compile("a{,2}\\Z").toString());
  }

  @Test
  void anExpressionThatWouldGoBackForeverIsRefused() {
    PythonPattern pattern = PythonPattern.compile(".*a.*a.*a.*a.*a.*a.*c");
    String name = "ab".repeat(40);
    String message =
        assertThrows(ConfigurationException.class, () -> pattern.fullMatch(name)).getMessage();
    assertTrue(message.contains("\".*a.*a.*a.*a.*a.*a.*c\" takes over 5,000,000 steps"), message);
  }

  @Test
  void aSaneExpressionHasRoomOnTheLongestNames() {
    String name = "base_model.model.".repeat(500) + "q_proj";
    assertTrue(PythonPattern.compile(".*\\.(q|v)_proj").fullMatch(name));
    assertTrue(PythonPattern.nameEnd("q_proj").match(name));
  }
}
