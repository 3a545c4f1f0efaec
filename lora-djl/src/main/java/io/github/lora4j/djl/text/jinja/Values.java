// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What Python says of any value: its truth, type, length and elements. */
final class Values {
  private Values() {}

  static boolean isTrue(Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value instanceof Long number) {
      return number != 0;
    }
    if (value instanceof Double number) {
      return number != 0;
    }
    if (value instanceof String || value instanceof List || value instanceof Map) {
      return length(value) != 0;
    }
    return value != None.NONE && !(value instanceof Undefined);
  }

  /** Python's name of the type, for messages. */
  static String type(Object value) {
    if (value instanceof Boolean) {
      return "bool";
    }
    if (value instanceof Long) {
      return "int";
    }
    if (value instanceof Double) {
      return "float";
    }
    if (value instanceof String) {
      return "str";
    }
    if (value instanceof Map) {
      return "dict";
    }
    if (value instanceof List) {
      return value instanceof Tuple ? "tuple" : "list";
    }
    return value == None.NONE ? "NoneType" : "object";
  }

  /** The number of elements; of a text, the number of code points. */
  static long length(Object value) {
    if (value instanceof String text) {
      return text.codePointCount(0, text.length());
    }
    if (value instanceof List<?> list) {
      return list.size();
    }
    if (value instanceof Map<?, ?> map) {
      return map.size();
    }
    if (value instanceof Undefined) {
      return 0;
    }
    throw new TemplateFault("object of type '%s' has no length".formatted(type(value)));
  }

  /** The elements: of a text its characters, of a map its keys. */
  static List<?> iterate(Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    if (value instanceof Map<?, ?> map) {
      return new ArrayList<>(map.keySet());
    }
    if (value instanceof String text) {
      return text.codePoints().mapToObj(Character::toString).toList();
    }
    if (value instanceof Undefined) {
      return List.of();
    }
    throw new TemplateFault("'%s' object is not iterable".formatted(type(value)));
  }

  static boolean isIterable(Object value) {
    return value instanceof List
        || value instanceof Map
        || value instanceof String
        || value instanceof Undefined;
  }

  /** Whether it is a number; True and False count as 1 and 0. */
  static boolean isNumeric(Object value) {
    return isInteger(value) || value instanceof Double;
  }

  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof Boolean;
  }

  /** A value for which {@link #isInteger} holds. */
  static long asLong(Object value) {
    return value instanceof Boolean flag ? (flag ? 1 : 0) : (Long) value;
  }

  /** A value for which {@link #isNumeric} holds. */
  static double asDouble(Object value) {
    return value instanceof Double number ? number : asLong(value);
  }
}
