// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Node.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses {@code {% for %}}. */
final class LoopParser {
  private final TokenStream tokens;
  private final StatementParser statements;

  LoopParser(TokenStream tokens, StatementParser statements) {
    this.tokens = tokens;
    this.statements = statements;
  }

  Node parse() {
    Target target = Target.names(tokens);
    tokens.expectName("in");
    Expression iterable = statements.expressions().parseWithoutCondition();
    Expression condition =
        tokens.skipName("if") ? statements.expressions().parse() : Expression.constant(true);
    if (tokens.current().isName("recursive")) {
      throw new TemplateFault("recursive loops are not supported").at(tokens.line());
    }
    statements.endBlock();
    Node body = statements.body(Set.of("else", "endfor"));
    boolean hasElse = tokens.next().text().equals("else");
    statements.endBlock();
    Node otherwise = hasElse ? statements.bodyUntil("endfor") : Node.sequence(List.of());
    return new ForLoop(target, iterable, condition, body, otherwise);
  }

  /** A loop over the elements that meet the condition. */
  private record ForLoop(
      Target target, Expression iterable, Expression condition, Node body, Node otherwise)
      implements Node {
    @Override
    public Flow render(Scope scope, Output output) {
      List<Object> items = items(scope);
      if (items.isEmpty()) {
        return otherwise.render(scope, output);
      }
      Loop loop = new Loop(items);
      for (Object item : items) {
        scope.budget().charge(1);
        Scope round = scope.inner();
        target.assign(round, item);
        round.set("loop", loop);
        if (body.render(round, output) == Flow.BREAK) {
          break;
        }
        loop.advance();
      }
      return Flow.NEXT;
    }

    private List<Object> items(Scope scope) {
      List<Object> items = new ArrayList<>();
      for (Object item : Values.iterate(iterable.evaluate(scope))) {
        scope.budget().charge(1);
        Scope inner = scope.inner();
        target.assign(inner, item);
        if (Values.isTrue(condition.evaluate(inner))) {
          items.add(item);
        }
      }
      return items;
    }
  }
}
