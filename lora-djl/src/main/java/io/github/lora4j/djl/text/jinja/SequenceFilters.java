// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters that take a sequence. */
final class SequenceFilters {
  private SequenceFilters() {}

  /** The elements of the value the filter is applied to, paid for. */
  static List<?> elements(Arguments arguments) {
    List<?> elements = Values.iterate(arguments.required(0, "value"));
    arguments.budget().charge(elements.size());
    return elements;
  }

  static Object list(Arguments arguments) {
    return new ArrayList<Object>(elements(arguments));
  }

  static Object first(Arguments arguments) {
    List<?> elements = elements(arguments);
    return elements.isEmpty()
        ? new Undefined("No first item, sequence was empty.")
        : elements.get(0);
  }

  static Object last(Arguments arguments) {
    List<?> elements = elements(arguments);
    return elements.isEmpty()
        ? new Undefined("No last item, sequence was empty.")
        : elements.get(elements.size() - 1);
  }

  static Object join(Arguments arguments) {
    List<Object> parts = attributes(elements(arguments), arguments.get(2, "attribute", None.NONE));
    Object separator = arguments.get(1, "d", "");
    return TextFilters.join(
        parts, PythonRepr.text(separator, arguments.budget()), arguments.budget());
  }

  /** The elements, or the attribute of each. */
  private static List<Object> attributes(List<?> elements, Object path) {
    List<Object> values = new ArrayList<>(elements.size());
    for (Object element : elements) {
      values.add(attribute(element, path));
    }
    return values;
  }

  /** An attribute by a path with dots, an index, or the value itself if there is no path. */
  private static Object attribute(Object value, Object path) {
    if (path == None.NONE) {
      return value;
    }
    if (!(path instanceof String names)) {
      return Members.item(value, path);
    }
    Object found = value;
    for (String name : names.split("\\.", -1)) {
      boolean index =
          !name.isEmpty() && name.length() < 10 && name.chars().allMatch(Character::isDigit);
      found = Members.item(found, index ? (Object) Long.valueOf(name) : name);
    }
    return found;
  }

  static Object reverse(Arguments arguments) {
    if (arguments.required(0, "value") instanceof String text) {
      return new StringBuilder(text).reverse().toString();
    }
    List<Object> reversed = new ArrayList<>(elements(arguments));
    Collections.reverse(reversed);
    return reversed;
  }

  static Object sort(Arguments arguments) {
    Object path = arguments.get(3, "attribute", None.NONE);
    boolean exact = arguments.flag(2, "case_sensitive");
    Comparator<Object> order =
        (a, b) ->
            Comparisons.order(
                key(attribute(a, path), exact), key(attribute(b, path), exact), arguments.budget());
    List<Object> sorted = new ArrayList<>(elements(arguments));
    sorted.sort(arguments.flag(1, "reverse") ? order.reversed() : order);
    return sorted;
  }

  private static Object key(Object value, boolean caseSensitive) {
    return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
  }

  static Object unique(Arguments arguments) {
    Object path = arguments.get(2, "attribute", None.NONE);
    boolean exact = arguments.flag(1, "case_sensitive");
    List<Object> keys = new ArrayList<>();
    List<Object> unique = new ArrayList<>();
    for (Object element : elements(arguments)) {
      Object key = key(attribute(element, path), exact);
      if (!Comparisons.contains(keys, key, arguments.budget())) {
        keys.add(key);
        unique.add(element);
      }
    }
    return unique;
  }

  static Object sum(Arguments arguments) {
    Object total = arguments.get(2, "start", 0L);
    for (Object value : attributes(elements(arguments), arguments.get(1, "attribute", None.NONE))) {
      total = Operators.apply("+", total, value, arguments.budget());
    }
    return total;
  }

  /** The least element, or the greatest if {@code sign} is −1. */
  static Object extreme(Arguments arguments, int sign) {
    List<?> elements = elements(arguments);
    if (elements.isEmpty()) {
      return new Undefined("No aggregated item, sequence was empty.");
    }
    Object best = elements.get(0);
    for (Object element : elements) {
      int order = Comparisons.order(key(element, false), key(best, false), arguments.budget());
      best = order * sign < 0 ? element : best;
    }
    return best;
  }

  static Object map(Arguments arguments) {
    if (arguments.named().containsKey("attribute")) {
      return mapAttribute(arguments);
    }
    Callable filter = Filters.named(arguments.text(1, "filter"));
    List<Object> mapped = new ArrayList<>();
    for (Object element : elements(arguments)) {
      mapped.add(filter.call(withSubject(element, arguments.after(2))));
    }
    return mapped;
  }

  private static Object mapAttribute(Arguments arguments) {
    Object absent = arguments.get(9, "default", None.NONE);
    boolean hasDefault = arguments.named().containsKey("default");
    List<Object> values = attributes(elements(arguments), arguments.get(9, "attribute", None.NONE));
    values.replaceAll(value -> hasDefault && value instanceof Undefined ? absent : value);
    return values;
  }

  private static Arguments withSubject(Object subject, Arguments rest) {
    List<Object> positional = new ArrayList<>(List.of(subject));
    positional.addAll(rest.positional());
    return new Arguments(positional, rest.named(), rest.budget());
  }

  /** {@code select} and {@code reject}: the elements for which a test holds, or does not. */
  static Object select(Arguments arguments, boolean wanted) {
    return select(arguments, None.NONE, 1, wanted);
  }

  /** {@code selectattr} and {@code rejectattr}: the same by an attribute. */
  static Object selectAttribute(Arguments arguments, boolean wanted) {
    return select(arguments, arguments.required(1, "attribute"), 2, wanted);
  }

  private static Object select(Arguments arguments, Object path, int testAt, boolean wanted) {
    List<Object> selected = new ArrayList<>();
    for (Object element : elements(arguments)) {
      Object value = attribute(element, path);
      boolean holds =
          arguments.has(testAt, "test")
              ? Predicates.named(arguments.text(testAt, "test"))
                  .test(withSubject(value, arguments.after(testAt + 1)))
              : Values.isTrue(value);
      if (holds == wanted) {
        selected.add(element);
      }
    }
    return selected;
  }

  static Object items(Arguments arguments) {
    Object value = arguments.required(0, "value");
    if (value instanceof Undefined) {
      return List.of();
    }
    if (value instanceof Map<?, ?> map) {
      return ContainerMethods.items(map);
    }
    throw new TemplateFault("Can only get item pairs from a mapping.");
  }

  static Object dictSort(Arguments arguments) {
    if (!(arguments.required(0, "value") instanceof Map<?, ?> map)) {
      throw new TemplateFault("dictsort: expected a mapping");
    }
    boolean exact = arguments.flag(1, "case_sensitive");
    long by = arguments.text(2, "by", "key").equals("value") ? 1 : 0;
    Comparator<Object> order =
        (a, b) ->
            Comparisons.order(
                key(Members.item(a, by), exact),
                key(Members.item(b, by), exact),
                arguments.budget());
    List<Object> items = ContainerMethods.items(map);
    items.sort(arguments.flag(3, "reverse") ? order.reversed() : order);
    return items;
  }
}
