// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.List;
import java.util.Map;

/** Python's {@code ==}, {@code <} and {@code in}. */
final class Comparisons {
  private Comparisons() {}

  static boolean compare(String operator, Object left, Object right, Budget budget) {
    budget.charge(1);
    return switch (operator) {
      case "==" -> equal(left, right, budget);
      case "!=" -> !equal(left, right, budget);
      case "in" -> contains(right, left, budget);
      case "not in" -> !contains(right, left, budget);
      case "<" -> order(left, right, budget) < 0;
      case "<=" -> order(left, right, budget) <= 0;
      case ">" -> order(left, right, budget) > 0;
      default -> order(left, right, budget) >= 0;
    };
  }

  static boolean equal(Object left, Object right, Budget budget) {
    budget.charge(1);
    if (Values.isNumeric(left) && Values.isNumeric(right)) {
      return Values.asDouble(left) == Values.asDouble(right);
    }
    if (left instanceof List<?> list && right instanceof List<?> other) {
      return left instanceof Tuple == right instanceof Tuple && listsEqual(list, other, budget);
    }
    if (left instanceof Map<?, ?> map && right instanceof Map<?, ?> other) {
      return mapsEqual(map, other, budget);
    }
    if (left instanceof Undefined && right instanceof Undefined) {
      return true;
    }
    return left.equals(right);
  }

  private static boolean listsEqual(List<?> left, List<?> right, Budget budget) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!equal(left.get(i), right.get(i), budget)) {
        return false;
      }
    }
    return true;
  }

  private static boolean mapsEqual(Map<?, ?> left, Map<?, ?> right, Budget budget) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<?, ?> entry : left.entrySet()) {
      Object other = right.get(entry.getKey());
      if (other == null || !equal(entry.getValue(), other, budget)) {
        return false;
      }
    }
    return true;
  }

  /** Python's {@code element in container}. */
  static boolean contains(Object container, Object element, Budget budget) {
    if (container instanceof String text) {
      if (element instanceof String part) {
        budget.charge(text.length() / 16);
        return text.contains(part);
      }
      throw new TemplateFault(
          "'in <string>' requires string as left operand, not " + Values.type(element));
    }
    if (container instanceof Map<?, ?> map) {
      return map.containsKey(element);
    }
    for (Object each : Values.iterate(container)) {
      if (equal(each, element, budget)) {
        return true;
      }
    }
    return false;
  }

  /** Negative, zero or positive, as the left comes before, with or after the right. */
  static int order(Object left, Object right, Budget budget) {
    budget.charge(1);
    if (Values.isNumeric(left) && Values.isNumeric(right)) {
      return Double.compare(Values.asDouble(left), Values.asDouble(right));
    }
    if (left instanceof String text && right instanceof String other) {
      return byCodePoints(text, other);
    }
    if (left instanceof List<?> list
        && right instanceof List<?> other
        && left instanceof Tuple == right instanceof Tuple) {
      return listOrder(list, other, budget);
    }
    if (left instanceof Undefined undefined) {
      throw undefined.fault();
    }
    throw new TemplateFault(
        "'%s' and '%s' cannot be ordered".formatted(Values.type(left), Values.type(right)));
  }

  /** Java compares UTF-16 units, which puts characters beyond U+FFFF too early. */
  private static int byCodePoints(String left, String right) {
    return java.util.Arrays.compare(left.codePoints().toArray(), right.codePoints().toArray());
  }

  private static int listOrder(List<?> left, List<?> right, Budget budget) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!equal(left.get(i), right.get(i), budget)) {
        return order(left.get(i), right.get(i), budget);
      }
    }
    return Integer.compare(left.size(), right.size());
  }
}
