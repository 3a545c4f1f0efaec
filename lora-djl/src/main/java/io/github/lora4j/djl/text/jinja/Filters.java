// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The filters, by name. The value a filter is applied to is its first argument. */
final class Filters {
  private static final Map<String, Callable> FILTERS =
      Map.ofEntries(
          Map.entry("trim", Filters::trim),
          Map.entry("upper", text(value -> value.toUpperCase(Locale.ROOT))),
          Map.entry("lower", text(value -> value.toLowerCase(Locale.ROOT))),
          Map.entry("title", text(TextFilters::title)),
          Map.entry("capitalize", text(TextFilters::capitalize)),
          Map.entry("string", text(value -> value)),
          Map.entry("safe", text(value -> value)),
          Map.entry("escape", text(TextFilters::escape)),
          Map.entry("e", text(TextFilters::escape)),
          Map.entry("replace", Filters::replace),
          Map.entry("indent", TextFilters::indent),
          Map.entry("int", TextFilters::toInteger),
          Map.entry("float", TextFilters::toFloat),
          Map.entry("round", TextFilters::round),
          Map.entry("abs", TextFilters::absolute),
          Map.entry("default", Filters::byDefault),
          Map.entry("d", Filters::byDefault),
          Map.entry("tojson", Json::filter),
          Map.entry("length", Filters::length),
          Map.entry("count", Filters::length),
          Map.entry("list", SequenceFilters::list),
          Map.entry("first", SequenceFilters::first),
          Map.entry("last", SequenceFilters::last),
          Map.entry("join", SequenceFilters::join),
          Map.entry("reverse", SequenceFilters::reverse),
          Map.entry("sort", SequenceFilters::sort),
          Map.entry("unique", SequenceFilters::unique),
          Map.entry("sum", SequenceFilters::sum),
          Map.entry("min", arguments -> SequenceFilters.extreme(arguments, 1)),
          Map.entry("max", arguments -> SequenceFilters.extreme(arguments, -1)),
          Map.entry("map", SequenceFilters::map),
          Map.entry("select", arguments -> SequenceFilters.select(arguments, true)),
          Map.entry("reject", arguments -> SequenceFilters.select(arguments, false)),
          Map.entry("selectattr", arguments -> SequenceFilters.selectAttribute(arguments, true)),
          Map.entry("rejectattr", arguments -> SequenceFilters.selectAttribute(arguments, false)),
          Map.entry("items", SequenceFilters::items),
          Map.entry("dictsort", SequenceFilters::dictSort));

  private Filters() {}

  static Callable named(String name) {
    Callable filter = FILTERS.get(name);
    if (filter == null) {
      throw new TemplateFault("the filter '%s' is not supported".formatted(name));
    }
    return filter;
  }

  private static Callable text(UnaryOperator<String> operator) {
    return arguments -> operator.apply(subject(arguments));
  }

  private static String subject(Arguments arguments) {
    String text = PythonRepr.text(arguments.required(0, "value"), arguments.budget());
    arguments.budget().charge(text.length());
    return text;
  }

  private static Object trim(Arguments arguments) {
    return StringMethods.strip(subject(arguments), arguments.after(1), true, true);
  }

  private static Object replace(Arguments a) {
    return TextFilters.replace(
        subject(a), a.text(1, "old"), a.text(2, "new"), a.integer(3, "count", -1), a.budget());
  }

  private static Object length(Arguments arguments) {
    return Values.length(arguments.required(0, "value"));
  }

  /** The value, or the first argument if it is undefined (or, if asked, just false). */
  private static Object byDefault(Arguments arguments) {
    Object value = arguments.required(0, "value");
    boolean absent =
        value instanceof Undefined || (arguments.flag(2, "boolean") && !Values.isTrue(value));
    return absent ? arguments.get(1, "default_value", "") : value;
  }
}
