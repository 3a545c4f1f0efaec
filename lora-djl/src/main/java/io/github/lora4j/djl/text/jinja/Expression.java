// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/** A parsed expression. */
@FunctionalInterface
interface Expression {
  Object evaluate(Scope scope);

  static Expression constant(Object value) {
    return scope -> value;
  }
}
