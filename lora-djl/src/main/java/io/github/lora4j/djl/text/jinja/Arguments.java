// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.List;
import java.util.Map;

/**
 * The arguments of a call.
 *
 * @param positional those without a name
 * @param named those with one
 * @param budget what the call may still spend
 */
record Arguments(List<Object> positional, Map<String, Object> named, Budget budget) {
  static Arguments none(Budget budget) {
    return new Arguments(List.of(), Map.of(), budget);
  }

  /** The argument at a position or, failing that, of a name. */
  Object get(int index, String name, Object absent) {
    return index < positional.size() ? positional.get(index) : named.getOrDefault(name, absent);
  }

  boolean has(int index, String name) {
    return index < positional.size() || named.containsKey(name);
  }

  Object required(int index, String name) {
    if (!has(index, name)) {
      throw new TemplateFault("missing argument '%s'".formatted(name));
    }
    return get(index, name, None.NONE);
  }

  String text(int index, String name) {
    if (required(index, name) instanceof String text) {
      return text;
    }
    throw new TemplateFault("argument '%s' must be a string".formatted(name));
  }

  String text(int index, String name, String absent) {
    return has(index, name) ? text(index, name) : absent;
  }

  long integer(int index, String name, long absent) {
    Object value = get(index, name, absent);
    if (value instanceof Long number) {
      return number;
    }
    throw new TemplateFault("argument '%s' must be an integer".formatted(name));
  }

  boolean flag(int index, String name) {
    return Values.isTrue(get(index, name, false));
  }

  /** The arguments after the first {@code count}. */
  Arguments after(int count) {
    return new Arguments(positional.subList(count, positional.size()), named, budget);
  }
}
