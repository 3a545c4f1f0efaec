// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Parses expressions by Jinja2's grammar, from the loosest binding (inline if, or, and, not,
 * comparison) to the tightest (sign, filter); {@link PrimaryParser} has what they are made of.
 */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;
  private final PrimaryParser primary;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.primary = new PrimaryParser(tokens, this);
  }

  /** An expression that may be an inline if. */
  Expression parse() {
    Expression value = parseWithoutCondition();
    while (tokens.skipName("if")) {
      Expression chosen = value;
      Expression condition = parseWithoutCondition();
      Expression otherwise =
          tokens.skipName("else")
              ? parse()
              : Expression.constant(new Undefined("the inline if was false and has no else"));
      value =
          scope ->
              Values.isTrue(condition.evaluate(scope))
                  ? chosen.evaluate(scope)
                  : otherwise.evaluate(scope);
    }
    return value;
  }

  /** An expression, or several with commas between them, which make a tuple. */
  Expression parseTuple() {
    Expression first = parse();
    if (!tokens.current().isOperator(",")) {
      return first;
    }
    List<Expression> elements = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",") && startsExpression()) {
      elements.add(parse());
    }
    return scope -> new Tuple(evaluateAll(elements, scope));
  }

  private boolean startsExpression() {
    Token token = tokens.current();
    return !(token.is(Kind.OUTPUT_END)
        || token.is(Kind.BLOCK_END)
        || token.isOperator(")")
        || token.isOperator("="));
  }

  static List<Object> evaluateAll(List<Expression> expressions, Scope scope) {
    scope.budget().charge(expressions.size());
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(expression.evaluate(scope));
    }
    return values;
  }

  /** An expression in which {@code if} ends it, as in a loop's head. */
  Expression parseWithoutCondition() {
    Expression left = parseAnd();
    while (tokens.skipName("or")) {
      Expression first = left;
      Expression second = parseAnd();
      left =
          scope -> {
            Object value = first.evaluate(scope);
            return Values.isTrue(value) ? value : second.evaluate(scope);
          };
    }
    return left;
  }

  private Expression parseAnd() {
    Expression left = parseNot();
    while (tokens.skipName("and")) {
      Expression first = left;
      Expression second = parseNot();
      left =
          scope -> {
            Object value = first.evaluate(scope);
            return Values.isTrue(value) ? second.evaluate(scope) : value;
          };
    }
    return left;
  }

  private Expression parseNot() {
    if (tokens.current().isName("not") && !tokens.ahead().isName("in")) {
      tokens.next();
      Expression operand = parseNot();
      return scope -> !Values.isTrue(operand.evaluate(scope));
    }
    return parseComparison();
  }

  private record Comparison(String operator, Expression right) {}

  private Expression parseComparison() {
    Expression left = parseSum();
    List<Comparison> chain = new ArrayList<>();
    for (String operator = comparison(); !operator.isEmpty(); operator = comparison()) {
      chain.add(new Comparison(operator, parseSum()));
    }
    return chain.isEmpty() ? left : scope -> compareAll(left, chain, scope);
  }

  /** Takes a comparison operator; empty if there is none. */
  private String comparison() {
    Token token = tokens.current();
    if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
      return tokens.next().text();
    }
    if (tokens.skipName("in")) {
      return "in";
    }
    if (token.isName("not") && tokens.ahead().isName("in")) {
      tokens.next();
      tokens.next();
      return "not in";
    }
    return "";
  }

  private static Object compareAll(Expression first, List<Comparison> chain, Scope scope) {
    Object left = first.evaluate(scope);
    for (Comparison comparison : chain) {
      Object right = comparison.right().evaluate(scope);
      if (!Comparisons.compare(comparison.operator(), left, right, scope.budget())) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Expression parseSum() {
    Expression left = parseConcatenation();
    while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
      left = binary(tokens.next().text(), left, parseConcatenation());
    }
    return left;
  }

  private Expression parseConcatenation() {
    Expression left = parseProduct();
    while (tokens.skipOperator("~")) {
      left = binary("~", left, parseProduct());
    }
    return left;
  }

  private Expression parseProduct() {
    Expression left = parsePower();
    while (Set.of("*", "/", "//", "%").contains(operator())) {
      left = binary(tokens.next().text(), left, parsePower());
    }
    return left;
  }

  private Expression parsePower() {
    Expression left = parseSigned(true);
    while (tokens.skipOperator("**")) {
      left = binary("**", left, parseSigned(true));
    }
    return left;
  }

  private String operator() {
    return tokens.current().is(Kind.OPERATOR) ? tokens.current().text() : "";
  }

  /** A signed value; a filter binds looser than the sign: {@code -2|abs} is 2. */
  private Expression parseSigned(boolean withFilters) {
    Expression value;
    if (tokens.skipOperator("-")) {
      Expression operand = parseSigned(false);
      value = scope -> Operators.negate(operand.evaluate(scope));
    } else if (tokens.skipOperator("+")) {
      value = parseSigned(false);
    } else {
      value = primary.parse();
    }
    return withFilters ? primary.parseFilters(value) : value;
  }

  /** The filters behind {@code {% set name %}}: none, or some that begin with {@code |}. */
  Expression parseFilterTail(Expression subject) {
    return primary.parseFilters(subject);
  }

  /** The filters of {@code {% filter %}}: the first without {@code |}. */
  Expression parseFilterChain(Expression subject) {
    return primary.parseFilters(primary.filter(subject));
  }

  private static Expression binary(String operator, Expression left, Expression right) {
    return scope ->
        Operators.apply(operator, left.evaluate(scope), right.evaluate(scope), scope.budget());
  }
}
