// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import io.github.lora4j.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions and what jinja2 made of them in Python ({@code ImmutableSandboxedEnvironment}). */
class ExpressionsTest {
  private static Stream<Arguments> expressions() throws IOException {
    String json = Files.readString(Path.of("src/test/resources/jinja/expressions.json"));
    return Stream.of(new Gson().fromJson(json, String[][].class))
        .map(pair -> Arguments.of(pair[0], pair[1]));
  }

  @ParameterizedTest
  @MethodSource("expressions")
  void anExpressionGivesWhatItGivesInPython(String expression, String expected) {
    assertEquals(expected, JinjaTemplate.parse("{{ " + expression + " }}").render(Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"'%s' % ('x',)", "'one'|wordcount", "'one'.swapcase()"})
  void whatIsNotSupportedIsRefusedNotGuessed(String expression) {
    JinjaTemplate template = JinjaTemplate.parse("{{ " + expression + " }}");
    String message =
        assertThrows(ConfigurationException.class, () -> template.render(Map.of())).getMessage();
    assertTrue(message.startsWith("chat template, line 1: "), message);
  }
}
