// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The filter {@code tojson} as transformers defines it: Python's {@code json.dumps} with {@code
 * ensure_ascii=False}, no HTML escapes.
 */
final class Json {
  private final Output output;
  private final boolean pretty;
  private final long indent;
  private final boolean sortKeys;
  private final boolean ensureAscii;
  private final String itemSeparator;
  private final String keySeparator;

  private Json(Arguments arguments) {
    Object width = arguments.get(2, "indent", None.NONE);
    this.output = new Output(arguments.budget());
    this.ensureAscii = arguments.flag(1, "ensure_ascii");
    this.pretty = width != None.NONE;
    this.indent = pretty ? arguments.integer(2, "indent", 0) : 0;
    this.sortKeys = arguments.flag(4, "sort_keys");
    Object separators = arguments.get(3, "separators", None.NONE);
    List<?> pair =
        separators == None.NONE ? List.of(pretty ? "," : ", ", ": ") : Values.iterate(separators);
    if (pair.size() != 2
        || !(pair.get(0) instanceof String item)
        || !(pair.get(1) instanceof String key)) {
      throw new TemplateFault("tojson: separators must be two strings");
    }
    this.itemSeparator = item;
    this.keySeparator = key;
  }

  /** The filter; the value is the first argument. */
  static Object filter(Arguments arguments) {
    Json json = new Json(arguments);
    json.write(arguments.required(0, "value"), 0);
    return json.output.toString();
  }

  private void write(Object value, int depth) {
    if (value instanceof String text) {
      string(text);
    } else if (value instanceof Double number) {
      output.append(PythonRepr.number(number));
    } else if (value instanceof Boolean || value instanceof Long) {
      output.append(value.toString());
    } else if (value == None.NONE) {
      output.append("null");
    } else if (value instanceof List<?> list) {
      list(list, depth);
    } else if (value instanceof Map<?, ?> map) {
      map(map, depth);
    } else {
      throw new TemplateFault("tojson: a value that is undefined or a function is no JSON");
    }
  }

  private void list(List<?> list, int depth) {
    if (list.isEmpty()) {
      output.append("[]");
      return;
    }
    String separator = "[";
    for (Object element : list) {
      output.append(separator);
      newLine(depth + 1);
      write(element, depth + 1);
      separator = itemSeparator;
    }
    newLine(depth);
    output.append("]");
  }

  private void map(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      output.append("{}");
      return;
    }
    String separator = "{";
    for (Map.Entry<?, ?> entry : entries(map)) {
      output.append(separator);
      newLine(depth + 1);
      string(entry.getKey().toString());
      output.append(keySeparator);
      write(entry.getValue(), depth + 1);
      separator = itemSeparator;
    }
    newLine(depth);
    output.append("}");
  }

  private List<Map.Entry<?, ?>> entries(Map<?, ?> map) {
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    for (Map.Entry<?, ?> entry : entries) {
      if (!(entry.getKey() instanceof String || entry.getKey() instanceof Long)) {
        throw new TemplateFault("tojson: keys must be strings");
      }
    }
    if (sortKeys) {
      entries.sort(Comparator.comparing(entry -> entry.getKey().toString()));
    }
    return entries;
  }

  private void newLine(int depth) {
    if (pretty) {
      output.append("\n").append(TextFilters.repeat(" ", depth * indent, output.budget()));
    }
  }

  private void string(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars().forEach(c -> quoted.append(escaped((char) c)));
    output.append(quoted.append('"').toString());
  }

  private String escaped(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      default ->
          c < 0x20 || (ensureAscii && c > 0x7e) ? "\\u%04x".formatted((int) c) : String.valueOf(c);
    };
  }
}
