// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Node.Flow;
import io.github.lora4j.djl.text.jinja.StatementParser.Text;
import io.github.lora4j.djl.text.jinja.Token.Kind;

/** Parses {@code {% set %}}, of a value or of a body. */
final class SetParser {
  private final TokenStream tokens;
  private final StatementParser statements;

  SetParser(TokenStream tokens, StatementParser statements) {
    this.tokens = tokens;
    this.statements = statements;
  }

  Node parse() {
    Target target = target();
    return tokens.skipOperator("=") ? value(target) : body(target);
  }

  private Target target() {
    if (tokens.current().is(Kind.NAME) && tokens.ahead().isOperator(".")) {
      String namespace = tokens.next().text();
      tokens.next();
      return Target.attribute(namespace, tokens.expect(Kind.NAME, "a name").text());
    }
    return Target.names(tokens);
  }

  private Node value(Target target) {
    Expression value = statements.expressions().parseTuple();
    statements.endBlock();
    return (scope, output) -> {
      target.assign(scope, value.evaluate(scope));
      return Flow.NEXT;
    };
  }

  private Node body(Target target) {
    Expression filtered = statements.expressions().parseFilterTail(new Text());
    statements.endBlock();
    Node body = statements.bodyUntil("endset");
    return (scope, output) -> {
      Scope inner = scope.inner();
      inner.set(Text.NAME, Node.text(body, inner));
      target.assign(scope, filtered.evaluate(inner));
      return Flow.NEXT;
    };
  }
}
