// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic and concatenation. */
final class Operators {
  private Operators() {}

  static Object apply(String operator, Object left, Object right, Budget budget) {
    budget.charge(1);
    if (operator.equals("~")) {
      return concatenate(PythonRepr.text(left, budget), PythonRepr.text(right, budget), budget);
    }
    requireDefined(left);
    requireDefined(right);
    if (Values.isNumeric(left) && Values.isNumeric(right)) {
      return arithmetic(operator, left, right);
    }
    return sequence(operator, left, right, budget);
  }

  private static void requireDefined(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
  }

  private static Object sequence(String operator, Object left, Object right, Budget budget) {
    if (operator.equals("+")) {
      if (left instanceof String text && right instanceof String tail) {
        return concatenate(text, tail, budget);
      }
      if (left instanceof List<?> list && right instanceof List<?> tail && sameKind(list, tail)) {
        return concatenate(list, tail, budget);
      }
    }
    if (operator.equals("*") && Values.isInteger(right)) {
      return repeat(left, Values.asLong(right), budget);
    }
    if (operator.equals("*") && Values.isInteger(left)) {
      return repeat(right, Values.asLong(left), budget);
    }
    throw unsupported(operator, left, right);
  }

  private static boolean sameKind(List<?> left, List<?> right) {
    return left instanceof Tuple == right instanceof Tuple;
  }

  private static Object repeat(Object value, long times, Budget budget) {
    if (value instanceof String text) {
      return TextFilters.repeat(text, times, budget);
    }
    if (!(value instanceof List<?> list)) {
      throw unsupported("*", value, times);
    }
    long count = list.isEmpty() ? 0 : Math.max(0, times);
    budget.charge(count, list.size());
    List<Object> repeated = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      repeated.addAll(list);
    }
    return list instanceof Tuple ? new Tuple(repeated) : repeated;
  }

  private static TemplateFault unsupported(String operator, Object left, Object right) {
    return new TemplateFault(
        "unsupported operand types for %s: '%s' and '%s'"
            .formatted(operator, Values.type(left), Values.type(right)));
  }

  private static String concatenate(String left, String right, Budget budget) {
    budget.charge((long) left.length() + right.length());
    return left + right;
  }

  private static Object concatenate(List<?> left, List<?> right, Budget budget) {
    budget.charge((long) left.size() + right.size());
    List<Object> joined = new ArrayList<>(left);
    joined.addAll(right);
    return left instanceof Tuple ? new Tuple(joined) : joined;
  }

  private static Object arithmetic(String operator, Object left, Object right) {
    try {
      boolean integers = Values.isInteger(left) && Values.isInteger(right);
      return integers && !operator.equals("/")
          ? integers(operator, Values.asLong(left), Values.asLong(right))
          : floats(operator, Values.asDouble(left), Values.asDouble(right));
    } catch (ArithmeticException e) {
      throw new TemplateFault("%s %s %s: %s".formatted(left, operator, right, e.getMessage()));
    }
  }

  private static Object integers(String operator, long left, long right) {
    return switch (operator) {
      case "+" -> Math.addExact(left, right);
      case "-" -> Math.subtractExact(left, right);
      case "*" -> Math.multiplyExact(left, right);
      case "//" -> Math.floorDiv(left, right);
      case "%" -> Math.floorMod(left, right);
      default -> power(left, right);
    };
  }

  private static Object power(long base, long exponent) {
    double size = Math.pow((double) base, (double) exponent);
    if (exponent < 0) {
      return size;
    }
    if (Math.abs(size) >= 0x1p53) {
      throw new ArithmeticException("the result is too large");
    }
    return (long) size;
  }

  private static Object floats(String operator, double left, double right) {
    boolean divides = operator.equals("/") || operator.equals("//") || operator.equals("%");
    if (divides && right == 0) {
      throw new ArithmeticException("division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      case "%" -> modulo(left, right);
      default -> Math.pow(left, right);
    };
  }

  /** Python's {@code %}: the sign, of a zero too, is the divisor's. */
  private static double modulo(double left, double right) {
    double rest = left % right;
    return rest == 0 ? Math.copySign(0.0, right) : rest * right < 0 ? rest + right : rest;
  }

  static Object negate(Object value) {
    requireDefined(value);
    if (Values.isInteger(value)) {
      return arithmetic("-", 0L, value);
    }
    if (value instanceof Double number) {
      return -number;
    }
    throw new TemplateFault("bad operand type for unary -: '%s'".formatted(Values.type(value)));
  }
}
