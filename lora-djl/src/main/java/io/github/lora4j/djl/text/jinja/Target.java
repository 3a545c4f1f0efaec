// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** What a value can be assigned to. */
@FunctionalInterface
interface Target {
  void assign(Scope scope, Object value);

  /** An attribute of a namespace. */
  static Target attribute(String namespace, String name) {
    return (scope, value) -> {
      if (!(scope.get(namespace) instanceof Namespace object)) {
        throw new TemplateFault("cannot assign attribute on non-namespace object");
      }
      object.set(name, value);
    };
  }

  /** A name, or several that share the elements of the value between them. */
  static Target names(TokenStream tokens) {
    boolean parenthesized = tokens.skipOperator("(");
    List<String> names = new ArrayList<>();
    do {
      names.add(tokens.expect(Kind.NAME, "a name").text());
    } while (tokens.skipOperator(","));
    if (parenthesized) {
      tokens.expectOperator(")");
    }
    return names.size() == 1
        ? (scope, value) -> scope.set(names.get(0), value)
        : (scope, value) -> unpack(names, scope, value);
  }

  private static void unpack(List<String> names, Scope scope, Object value) {
    List<?> elements = Values.iterate(value);
    if (elements.size() != names.size()) {
      throw new TemplateFault(
          "cannot assign %d values to %d names".formatted(elements.size(), names.size()));
    }
    for (int i = 0; i < names.size(); i++) {
      scope.set(names.get(i), elements.get(i));
    }
  }
}
