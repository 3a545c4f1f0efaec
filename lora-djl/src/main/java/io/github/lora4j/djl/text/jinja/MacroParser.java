// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Node.Flow;
import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses {@code {% macro %}}. */
final class MacroParser {
  private final TokenStream tokens;
  private final StatementParser statements;

  MacroParser(TokenStream tokens, StatementParser statements) {
    this.tokens = tokens;
    this.statements = statements;
  }

  Node parse() {
    String name = tokens.expect(Kind.NAME, "the name of the macro").text();
    List<Parameter> parameters = parameters();
    statements.endBlock();
    Node body = statements.bodyUntil("endmacro");
    return (scope, output) -> {
      scope.set(name, (Callable) arguments -> call(name, parameters, body, scope, arguments));
      return Flow.NEXT;
    };
  }

  private record Parameter(String name, @Nullable Expression byDefault) {
    Object absent(Scope scope) {
      return byDefault == null
          ? new Undefined("parameter '%s' was not provided".formatted(name))
          : byDefault.evaluate(scope);
    }
  }

  private List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    tokens.expectOperator("(");
    while (!tokens.skipOperator(")")) {
      String name = tokens.expect(Kind.NAME, "the name of a parameter").text();
      Expression byDefault = tokens.skipOperator("=") ? statements.expressions().parse() : null;
      parameters.add(new Parameter(name, byDefault));
      if (!tokens.current().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return parameters;
  }

  private static Object call(
      String name, List<Parameter> parameters, Node body, Scope definition, Arguments arguments) {
    if (arguments.positional().size() > parameters.size()) {
      throw new TemplateFault(
          "macro '%s' takes not more than %d argument(s)".formatted(name, parameters.size()));
    }
    for (String given : arguments.named().keySet()) {
      if (parameters.stream().noneMatch(parameter -> parameter.name().equals(given))) {
        throw new TemplateFault("macro '%s' takes no keyword argument '%s'".formatted(name, given));
      }
    }
    definition.budget().charge(1);
    Scope inner = definition.inner();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      boolean given = arguments.has(i, parameter.name());
      inner.set(
          parameter.name(),
          given ? arguments.required(i, parameter.name()) : parameter.absent(inner));
    }
    return Node.text(body, inner);
  }
}
