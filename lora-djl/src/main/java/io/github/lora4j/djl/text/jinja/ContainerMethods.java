// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods of Python's {@code dict} and {@code list} that change nothing. */
final class ContainerMethods {
  private static final Set<String> OF_MAPS = Set.of("get", "items", "keys", "values");
  private static final Set<String> OF_LISTS = Set.of("index", "count");

  private ContainerMethods() {}

  static boolean ofMaps(String name) {
    return OF_MAPS.contains(name);
  }

  static boolean ofLists(String name) {
    return OF_LISTS.contains(name);
  }

  static Object call(Map<?, ?> map, String name, Arguments arguments) {
    arguments.budget().charge(map.size());
    return switch (name) {
      case "get" -> get(map, arguments);
      case "items" -> items(map);
      case "keys" -> new ArrayList<>(map.keySet());
      default -> new ArrayList<>(map.values());
    };
  }

  private static Object get(Map<?, ?> map, Arguments arguments) {
    Object value = map.get(arguments.required(0, "key"));
    return value == null ? arguments.get(1, "default", None.NONE) : value;
  }

  static List<Object> items(Map<?, ?> map) {
    List<Object> items = new ArrayList<>(map.size());
    map.forEach((key, value) -> items.add(Tuple.of(key, value)));
    return items;
  }

  static Object call(List<?> list, String name, Arguments arguments) {
    Object wanted = arguments.required(0, "value");
    long count = 0;
    for (int i = 0; i < list.size(); i++) {
      if (Comparisons.equal(list.get(i), wanted, arguments.budget())) {
        if (name.equals("index")) {
          return (long) i;
        }
        count++;
      }
    }
    if (name.equals("index")) {
      throw new TemplateFault("the value is not in the list");
    }
    return count;
  }
}
