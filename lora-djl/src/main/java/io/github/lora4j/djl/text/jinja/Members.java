// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.List;
import java.util.Map;

/** Attributes and items of values. Only what is listed can be reached; nothing is reflected on. */
final class Members {
  private Members() {}

  /** {@code object.name}: a method of the type, else the item of that name. */
  static Object attribute(Object object, String name) {
    if (object instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (object instanceof Namespace namespace) {
      return namespace.get(name);
    }
    if (object instanceof Loop loop) {
      return loop.get(name);
    }
    Object method = method(object, name);
    return method instanceof Undefined && object instanceof Map ? item(object, name) : method;
  }

  private static Object method(Object object, String name) {
    if (object instanceof String text && StringMethods.has(name)) {
      return (Callable) arguments -> StringMethods.call(text, name, arguments);
    }
    if (object instanceof Map<?, ?> map && ContainerMethods.ofMaps(name)) {
      return (Callable) arguments -> ContainerMethods.call(map, name, arguments);
    }
    if (object instanceof List<?> list && ContainerMethods.ofLists(name)) {
      return (Callable) arguments -> ContainerMethods.call(list, name, arguments);
    }
    return missing(object, name);
  }

  /** {@code object[key]}. */
  static Object item(Object object, Object key) {
    if (object instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (object instanceof Map<?, ?> map) {
      Object value = map.get(key);
      return value == null ? missing(object, String.valueOf(key)) : value;
    }
    if (Values.isInteger(key) && (object instanceof List || object instanceof String)) {
      return element(object, Values.asLong(key));
    }
    return key instanceof String name ? attribute(object, name) : missing(object, "[…]");
  }

  private static Object element(Object sequence, long index) {
    long size = Values.length(sequence);
    long position = index < 0 ? index + size : index;
    if (position < 0 || position >= size) {
      return missing(sequence, "element " + index);
    }
    return sequence instanceof String text
        ? Slices.characters(text, position, position + 1)
        : ((List<?>) sequence).get((int) position);
  }

  private static Undefined missing(Object object, String name) {
    return new Undefined("'%s object' has no attribute '%s'".formatted(Values.type(object), name));
  }
}
