// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses names, literals, members, calls, filters and tests. */
final class PrimaryParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;

  PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** A literal or name with the members and calls behind it. */
  Expression parse() {
    return parseMembers(parseAtom());
  }

  private Expression parseAtom() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case NAME -> name(tokens.next().text());
      case STRING -> Expression.constant(strings());
      case INTEGER -> Expression.constant(integer(tokens.next()));
      case FLOAT -> Expression.constant(Double.valueOf(tokens.next().text()));
      case OPERATOR -> bracketed();
      default -> throw tokens.unexpected("an expression");
    };
  }

  private static Expression name(String name) {
    return switch (name) {
      case "true", "True" -> Expression.constant(true);
      case "false", "False" -> Expression.constant(false);
      case "none", "None" -> Expression.constant(None.NONE);
      default -> scope -> scope.get(name);
    };
  }

  /** Strings one after the other are one. */
  private String strings() {
    StringBuilder text = new StringBuilder();
    while (tokens.current().is(Kind.STRING)) {
      text.append(tokens.next().text());
    }
    return text.toString();
  }

  private static Object integer(Token token) {
    try {
      return Long.valueOf(token.text());
    } catch (NumberFormatException e) {
      throw new TemplateFault("the number %s is too large".formatted(token.text()))
          .at(token.line());
    }
  }

  private Expression bracketed() {
    if (tokens.skipOperator("(")) {
      if (tokens.skipOperator(")")) {
        return Expression.constant(Tuple.of());
      }
      Expression inside = expressions.parseTuple();
      tokens.expectOperator(")");
      return inside;
    }
    if (tokens.skipOperator("[")) {
      List<Expression> elements = list("]");
      return scope -> ExpressionParser.evaluateAll(elements, scope);
    }
    if (tokens.skipOperator("{")) {
      return map();
    }
    throw tokens.unexpected("an expression");
  }

  private List<Expression> list(String closing) {
    List<Expression> elements = new ArrayList<>();
    while (!tokens.skipOperator(closing)) {
      elements.add(expressions.parse());
      if (!tokens.current().isOperator(closing)) {
        tokens.expectOperator(",");
      }
    }
    return elements;
  }

  private Expression map() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      keys.add(expressions.parse());
      tokens.expectOperator(":");
      values.add(expressions.parse());
      if (!tokens.current().isOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    return scope -> {
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        map.put(keys.get(i).evaluate(scope), values.get(i).evaluate(scope));
      }
      return map;
    };
  }

  private Expression parseMembers(Expression start) {
    Expression value = start;
    while (true) {
      if (tokens.skipOperator(".")) {
        value = attribute(value);
      } else if (tokens.skipOperator("[")) {
        value = subscript(value);
      } else if (tokens.current().isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  private Expression attribute(Expression object) {
    if (tokens.current().is(Kind.INTEGER)) {
      Object index = integer(tokens.next());
      return scope -> Members.item(object.evaluate(scope), index);
    }
    String name = tokens.expect(Kind.NAME, "a name").text();
    return scope -> Members.attribute(object.evaluate(scope), name);
  }

  private Expression subscript(Expression object) {
    Expression start = sliceBound();
    if (!tokens.skipOperator(":")) {
      tokens.expectOperator("]");
      return scope -> Members.item(object.evaluate(scope), start.evaluate(scope));
    }
    Expression stop = sliceBound();
    Expression step = tokens.skipOperator(":") ? sliceBound() : Expression.constant(None.NONE);
    tokens.expectOperator("]");
    return scope ->
        Slices.slice(
            object.evaluate(scope),
            start.evaluate(scope),
            stop.evaluate(scope),
            step.evaluate(scope));
  }

  private Expression sliceBound() {
    Token token = tokens.current();
    return token.isOperator(":") || token.isOperator("]")
        ? Expression.constant(None.NONE)
        : expressions.parse();
  }

  private Expression call(Expression callee) {
    ArgumentList arguments = ArgumentList.parse(tokens, expressions);
    return scope -> {
      Object function = callee.evaluate(scope);
      if (function instanceof Callable callable) {
        return callable.call(arguments.evaluate(scope));
      }
      throw function instanceof Undefined undefined
          ? undefined.fault()
          : new TemplateFault("'%s' object is not callable".formatted(Values.type(function)));
    };
  }

  private ArgumentList optionalArguments() {
    return tokens.current().isOperator("(")
        ? ArgumentList.parse(tokens, expressions)
        : ArgumentList.NONE;
  }

  /** The filters and tests behind a value. */
  Expression parseFilters(Expression start) {
    Expression value = start;
    while (true) {
      if (tokens.skipOperator("|")) {
        value = filter(value);
      } else if (tokens.skipName("is")) {
        value = test(value);
      } else if (tokens.current().isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  /** One filter, whose {@code |} is already taken. */
  Expression filter(Expression subject) {
    String name = tokens.expect(Kind.NAME, "the name of a filter").text();
    ArgumentList arguments = optionalArguments();
    // Looked up at each use: a branch for tools may use a filter that this conversation never does.
    return scope -> Filters.named(name).call(arguments.evaluate(scope, subject.evaluate(scope)));
  }

  private Expression test(Expression subject) {
    boolean negated = tokens.skipName("not");
    String name = tokens.expect(Kind.NAME, "the name of a test").text();
    ArgumentList arguments = testArguments();
    return scope ->
        negated != Predicates.named(name).test(arguments.evaluate(scope, subject.evaluate(scope)));
  }

  /** A test takes one argument without parentheses: {@code x is divisibleby 3}. */
  private ArgumentList testArguments() {
    Token token = tokens.current();
    boolean literal =
        switch (token.kind()) {
          case STRING, INTEGER, FLOAT -> true;
          case OPERATOR -> token.isOperator("[") || token.isOperator("{");
          case NAME ->
              !List.of("else", "or", "and", "is", "if", "in", "not").contains(token.text());
          default -> false;
        };
    return literal ? new ArgumentList(List.of(parse()), Map.of()) : optionalArguments();
  }
}
