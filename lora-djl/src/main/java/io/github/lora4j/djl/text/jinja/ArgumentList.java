// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The arguments of a call in the source, to be evaluated at each call.
 *
 * @param positional those without a name
 * @param named those with one
 */
record ArgumentList(List<Expression> positional, Map<String, Expression> named) {
  static final ArgumentList NONE = new ArgumentList(List.of(), Map.of());

  /** The arguments at an opening parenthesis. */
  static ArgumentList parse(TokenStream tokens, ExpressionParser expressions) {
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    tokens.expectOperator("(");
    while (!tokens.skipOperator(")")) {
      if (tokens.current().is(Kind.NAME) && tokens.ahead().isOperator("=")) {
        String name = tokens.next().text();
        tokens.next();
        named.put(name, expressions.parse());
      } else {
        positional.add(expressions.parse());
      }
      if (!tokens.current().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return new ArgumentList(positional, named);
  }

  /** The arguments of a call. */
  Arguments evaluate(Scope scope) {
    return evaluateBehind(List.of(), scope);
  }

  /** The arguments of a filter or test, whose first is the value it is applied to. */
  Arguments evaluate(Scope scope, Object subject) {
    return evaluateBehind(List.of(subject), scope);
  }

  private Arguments evaluateBehind(List<Object> first, Scope scope) {
    List<Object> values = new ArrayList<>(first);
    values.addAll(ExpressionParser.evaluateAll(positional, scope));
    Map<String, Object> byName = new LinkedHashMap<>();
    named.forEach((name, value) -> byName.put(name, value.evaluate(scope)));
    return new Arguments(values, byName, scope.budget());
  }
}
