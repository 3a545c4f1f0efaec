// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts the inside of one tag into tokens. */
final class TagLexer {
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<float>(?<!\\.)\\d[\\d_]*(?:\\.\\d[\\d_]*(?:[eE][+-]?\\d+)?|[eE][+-]?\\d+))"
              + "|(?<integer>\\d[\\d_]*)"
              + "|(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)"
              + "|(?<string>'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\")"
              + "|(?<operator>//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}><=.:|,;])",
          Pattern.DOTALL);

  private final String source;
  private final String closing;
  private final Deque<Character> open = new ArrayDeque<>();
  private final List<Token> tokens = new ArrayList<>();
  private final int firstLine;
  private final int start;
  private int line;
  private int at;
  private char sign = ' ';

  /**
   * A tag whose inside begins at {@code start}.
   *
   * @param closing what ends it
   */
  TagLexer(String source, int start, String closing, int line) {
    this.source = source;
    this.start = start;
    this.at = start;
    this.closing = closing;
    this.firstLine = line;
    this.line = line;
  }

  List<Token> scan() {
    Matcher matcher = TOKEN.matcher(source);
    skipWhitespace();
    while (!atEnd()) {
      if (!matcher.region(at, source.length()).lookingAt()) {
        throw unexpected();
      }
      add(matcher);
      advance(matcher.end());
      skipWhitespace();
    }
    return tokens;
  }

  /** Where the tag ends, its closing included. */
  int end() {
    return at;
  }

  String closing() {
    return closing;
  }

  /** The sign before the closing: {@code -}, {@code +} or a blank. */
  char sign() {
    return sign;
  }

  private boolean atEnd() {
    // Inside brackets "}}" closes two maps.
    if (!open.isEmpty()) {
      return false;
    }
    boolean signed = source.startsWith("-" + closing, at);
    signed |= closing.equals("%}") && source.startsWith("+" + closing, at);
    if (!signed && !source.startsWith(closing, at)) {
      return false;
    }
    sign = signed ? source.charAt(at) : ' ';
    at += closing.length() + (signed ? 1 : 0);
    return true;
  }

  private void add(Matcher matcher) {
    String text = matcher.group();
    if (matcher.group("float") != null) {
      tokens.add(new Token(Kind.FLOAT, text.replace("_", ""), line));
    } else if (matcher.group("integer") != null) {
      tokens.add(new Token(Kind.INTEGER, text.replace("_", ""), line));
    } else if (matcher.group("name") != null) {
      tokens.add(new Token(Kind.NAME, text, line));
    } else if (matcher.group("string") != null) {
      String inside = text.substring(1, text.length() - 1);
      tokens.add(new Token(Kind.STRING, StringEscapes.unescape(inside), line));
    } else {
      balance(text.charAt(0));
      tokens.add(new Token(Kind.OPERATOR, text, line));
    }
  }

  private void balance(char c) {
    switch (c) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty() || open.pop() != c) {
          throw new TemplateFault("unexpected '%s'".formatted(c)).at(line);
        }
      }
      default -> {}
    }
  }

  private void skipWhitespace() {
    advance(Whitespace.skip(source, at));
  }

  private void advance(int to) {
    for (; at < to; at++) {
      line += source.charAt(at) == '\n' ? 1 : 0;
    }
  }

  private TemplateFault unexpected() {
    if (at >= source.length()) {
      int end = Math.min(source.length(), start + 20);
      return new TemplateFault(
              "the tag '%s…' is never closed".formatted(source.substring(start, end)))
          .at(firstLine);
    }
    return new TemplateFault("unexpected '%s'".formatted(source.charAt(at))).at(line);
  }
}
