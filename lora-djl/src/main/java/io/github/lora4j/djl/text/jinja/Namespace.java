// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** Jinja2's {@code namespace()}: the one thing whose attributes a template may assign. */
final class Namespace {
  private final Map<String, Object> attributes;

  Namespace(Map<String, Object> attributes) {
    this.attributes = new LinkedHashMap<>(attributes);
  }

  Object get(String name) {
    Object value = attributes.get(name);
    return value == null
        ? new Undefined("'namespace object' has no attribute '%s'".formatted(name))
        : value;
  }

  void set(String name, Object value) {
    attributes.put(name, value);
  }
}
