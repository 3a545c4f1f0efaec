// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variables that can be seen somewhere in a template. Assigning sets a variable of the
 * innermost scope: what a loop's body sets is gone in its next round, as in Jinja2.
 */
final class Scope {
  private final Map<String, Object> variables;
  private final @Nullable Scope outer;
  private final Budget budget;

  private Scope(Map<String, Object> variables, @Nullable Scope outer, Budget budget) {
    this.variables = variables;
    this.outer = outer;
    this.budget = budget;
  }

  /** The outermost scope of a rendering. */
  static Scope root(Map<String, Object> variables, Budget budget) {
    return new Scope(new HashMap<>(variables), null, budget);
  }

  /** A scope inside this one. */
  Scope inner() {
    return new Scope(new HashMap<>(), this, budget);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Object value = scope.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return new Undefined("'%s' is undefined".formatted(name));
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  Budget budget() {
    return budget;
  }
}
