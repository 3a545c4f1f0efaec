// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** The tests ({@code x is defined}), by name. The value tested is the first argument. */
final class Predicates {
  /** A test. */
  interface Test {
    boolean test(Arguments arguments);
  }

  private static final Map<String, Test> TESTS =
      Map.ofEntries(
          Map.entry("defined", value(value -> !(value instanceof Undefined))),
          Map.entry("undefined", value(Undefined.class::isInstance)),
          Map.entry("none", value(value -> value == None.NONE)),
          Map.entry("true", value(Boolean.TRUE::equals)),
          Map.entry("false", value(Boolean.FALSE::equals)),
          Map.entry("boolean", value(Boolean.class::isInstance)),
          Map.entry("integer", value(Long.class::isInstance)),
          Map.entry("float", value(Double.class::isInstance)),
          Map.entry("number", value(Values::isNumeric)),
          Map.entry("string", value(String.class::isInstance)),
          Map.entry("mapping", value(Map.class::isInstance)),
          Map.entry("iterable", value(Values::isIterable)),
          Map.entry("sequence", value(Values::isIterable)),
          Map.entry("callable", value(Callable.class::isInstance)),
          Map.entry(
              "lower", text(text -> StringMethods.isCase(text, text.toLowerCase(Locale.ROOT)))),
          Map.entry(
              "upper", text(text -> StringMethods.isCase(text, text.toUpperCase(Locale.ROOT)))),
          Map.entry("odd", arguments -> remainder(arguments, 2) == 1),
          Map.entry("even", arguments -> remainder(arguments, 2) == 0),
          Map.entry(
              "divisibleby",
              arguments -> remainder(arguments, arguments.integer(1, "num", 0)) == 0),
          Map.entry("eq", comparison("==")),
          Map.entry("equalto", comparison("==")),
          Map.entry("==", comparison("==")),
          Map.entry("ne", comparison("!=")),
          Map.entry("!=", comparison("!=")),
          Map.entry("lt", comparison("<")),
          Map.entry("lessthan", comparison("<")),
          Map.entry("<", comparison("<")),
          Map.entry("le", comparison("<=")),
          Map.entry("<=", comparison("<=")),
          Map.entry("gt", comparison(">")),
          Map.entry("greaterthan", comparison(">")),
          Map.entry(">", comparison(">")),
          Map.entry("ge", comparison(">=")),
          Map.entry(">=", comparison(">=")),
          Map.entry("in", comparison("in")));

  private Predicates() {}

  static Test named(String name) {
    Test test = TESTS.get(name);
    if (test == null) {
      throw new TemplateFault("the test '%s' is not supported".formatted(name));
    }
    return test;
  }

  private static Test value(Predicate<Object> predicate) {
    return arguments -> predicate.test(arguments.required(0, "value"));
  }

  private static Test text(Predicate<String> predicate) {
    return arguments ->
        predicate.test(PythonRepr.text(arguments.required(0, "value"), arguments.budget()));
  }

  private static Test comparison(String operator) {
    return arguments ->
        Comparisons.compare(
            operator,
            arguments.required(0, "value"),
            arguments.required(1, "other"),
            arguments.budget());
  }

  private static double remainder(Arguments arguments, long divisor) {
    Object value = arguments.required(0, "value");
    Object remainder = Operators.apply("%", value, divisor, arguments.budget());
    if (!Values.isNumeric(remainder)) {
      throw new TemplateFault("odd, even and divisibleby need a number");
    }
    return Values.asDouble(remainder);
  }
}
