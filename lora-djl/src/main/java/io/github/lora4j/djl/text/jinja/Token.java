// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/**
 * A piece of template source.
 *
 * @param kind what it is
 * @param text its text; of a string, what it means
 * @param line where it begins, from 1
 */
record Token(Kind kind, String text, int line) {
  enum Kind {
    DATA,
    OUTPUT_BEGIN,
    OUTPUT_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind expected) {
    return kind == expected;
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /** How messages call it. */
  String described() {
    return switch (kind) {
      case END -> "the end of the template";
      case OUTPUT_END -> "'}}'";
      case BLOCK_END -> "'%}'";
      default -> "'" + text + "'";
    };
  }
}
