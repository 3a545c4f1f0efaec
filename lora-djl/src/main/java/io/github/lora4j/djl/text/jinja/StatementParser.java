// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Node.Flow;
import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Parses text, output and blocks; {@link LoopParser} and {@link MacroParser} have the large ones.
 */
final class StatementParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;

  StatementParser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  /** The whole template. */
  Node parse() {
    Node body = body(Set.of());
    if (!tokens.current().is(Kind.END)) {
      throw tokens.unexpected("the end of the template");
    }
    return body;
  }

  ExpressionParser expressions() {
    return expressions;
  }

  /**
   * Nodes up to a block with one of the given names. The stream then stands on that name; at the
   * outermost level it stands at the end.
   */
  Node body(Set<String> ends) {
    int line = tokens.line();
    List<Node> nodes = new ArrayList<>();
    while (true) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> nodes.add(text(token.text()));
        case OUTPUT_BEGIN -> nodes.add(output(token.line()));
        case BLOCK_BEGIN -> {
          if (tokens.current().is(Kind.NAME) && ends.contains(tokens.current().text())) {
            return Node.sequence(nodes);
          }
          nodes.add(block());
        }
        default -> {
          if (ends.isEmpty()) {
            return Node.sequence(nodes);
          }
          throw new TemplateFault(
                  "a block is never closed; expected one of %s".formatted(new TreeSet<>(ends)))
              .at(line);
        }
      }
    }
  }

  /** The body of a block, its end tag taken as well. */
  Node bodyUntil(String end) {
    Node body = body(Set.of(end));
    tokens.next();
    endBlock();
    return body;
  }

  void endBlock() {
    tokens.expect(Kind.BLOCK_END, "'%}'");
  }

  private static Node text(String text) {
    return (scope, output) -> {
      output.append(text);
      return Flow.NEXT;
    };
  }

  private Node output(int line) {
    Expression value = expressions.parseTuple();
    tokens.expect(Kind.OUTPUT_END, "'}}'");
    return located(
        line,
        (scope, output) -> {
          PythonRepr.print(value.evaluate(scope), output);
          return Flow.NEXT;
        });
  }

  private Node block() {
    Token tag = tokens.expect(Kind.NAME, "the name of a block");
    Node node =
        switch (tag.text()) {
          case "if" -> ifBlock();
          case "set" -> new SetParser(tokens, this).parse();
          case "for" -> new LoopParser(tokens, this).parse();
          case "macro" -> new MacroParser(tokens, this).parse();
          case "break" -> flow(Flow.BREAK);
          case "continue" -> flow(Flow.CONTINUE);
          case "filter" -> filterBlock();
          case "with" -> with();
          case "generation" -> generation();
          default -> throw unknown(tag);
        };
    return located(tag.line(), node);
  }

  private static TemplateFault unknown(Token tag) {
    return new TemplateFault(
            "the block {%% %s %%} is not supported; chat templates may use if, for, set, macro,"
                    .formatted(tag.text())
                + " filter, with, raw, generation, break and continue")
        .at(tag.line());
  }

  /** Adds the line to whatever goes wrong inside. */
  private static Node located(int line, Node node) {
    return (scope, output) -> {
      scope.budget().charge(1);
      try {
        return node.render(scope, output);
      } catch (TemplateFault fault) {
        throw fault.at(line);
      }
    };
  }

  private Node ifBlock() {
    Expression condition = expressions.parseTuple();
    endBlock();
    Node chosen = body(Set.of("elif", "else", "endif"));
    Node otherwise =
        switch (tokens.next().text()) {
          case "elif" -> ifBlock();
          case "else" -> {
            endBlock();
            yield bodyUntil("endif");
          }
          default -> {
            endBlock();
            yield Node.sequence(List.of());
          }
        };
    return (scope, output) ->
        (Values.isTrue(condition.evaluate(scope)) ? chosen : otherwise).render(scope, output);
  }

  private Node flow(Flow flow) {
    endBlock();
    return (scope, output) -> flow;
  }

  private Node filterBlock() {
    Text text = new Text();
    Expression filtered = expressions.parseFilterChain(text);
    endBlock();
    Node body = bodyUntil("endfilter");
    return (scope, output) -> {
      Scope inner = scope.inner();
      inner.set(Text.NAME, Node.text(body, inner));
      PythonRepr.print(filtered.evaluate(inner), output);
      return Flow.NEXT;
    };
  }

  /** The text a block has rendered, under a name that no template can write. */
  static final class Text implements Expression {
    static final String NAME = "{body}";

    @Override
    public Object evaluate(Scope scope) {
      return scope.get(NAME);
    }
  }

  private Node with() {
    List<String> names = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.current().is(Kind.BLOCK_END)) {
      names.add(tokens.expect(Kind.NAME, "a name").text());
      tokens.expectOperator("=");
      values.add(expressions.parse());
      tokens.skipOperator(",");
    }
    endBlock();
    Node body = bodyUntil("endwith");
    return (scope, output) -> {
      Scope inner = scope.inner();
      for (int i = 0; i < names.size(); i++) {
        inner.set(names.get(i), values.get(i).evaluate(scope));
      }
      return body.render(inner, output);
    };
  }

  /** Transformers' marker of what the assistant says; it changes nothing in the text. */
  private Node generation() {
    endBlock();
    Node body = bodyUntil("endgeneration");
    return (scope, output) -> body.render(scope.inner(), output);
  }
}
