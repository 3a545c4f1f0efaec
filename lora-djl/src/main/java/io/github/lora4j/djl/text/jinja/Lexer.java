// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.djl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into text and tags, with the white space rules of an environment where {@code
 * trim_blocks} and {@code lstrip_blocks} are on (as transformers sets them): a block tag takes the
 * newline after it and the blanks before it on its line, {@code -} takes all white space, {@code +}
 * none.
 */
final class Lexer {
  private static final Pattern OPENING = Pattern.compile("\\{[{%#]");
  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-%}\\s*|%})");
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(\\+%}|-%}\\s*|%}\\n?)");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int lineAt;

  private Lexer(String source) {
    this.source = source;
  }

  /** The tokens of a template, the last of kind END. */
  static List<Token> scan(String template) {
    String unix = template.replace("\r\n", "\n").replace('\r', '\n');
    // Jinja2 drops one newline at the end of a template (keep_trailing_newline is off).
    Lexer lexer = new Lexer(unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    Matcher opening = OPENING.matcher(source);
    while (opening.find(at)) {
      text(opening.start());
      at = opening.start();
      switch (source.charAt(at + 1)) {
        case '#' -> comment();
        case '{' -> tag(Kind.OUTPUT_BEGIN);
        default -> block();
      }
    }
    add(Kind.DATA, source.substring(at), at);
    add(Kind.END, "", source.length());
  }

  /** Adds the text from here to the tag at {@code tag}, as the tag leaves it. */
  private void text(int tag) {
    String text = source.substring(at, tag);
    char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
    boolean output = source.charAt(tag + 1) == '{';
    if (sign == '-') {
      text = Whitespace.stripTrailing(text);
    } else if (sign != '+' && !output) {
      text = stripBlanksOfLine(text);
    }
    add(Kind.DATA, text, at);
  }

  private String stripBlanksOfLine(String text) {
    int line = text.lastIndexOf('\n') + 1;
    boolean startsLine = line > 0 || at == 0 || source.charAt(at - 1) == '\n';
    return startsLine && Whitespace.isAll(text.substring(line)) ? text.substring(0, line) : text;
  }

  private void comment() {
    int body = afterSign(at + 2);
    int end = source.indexOf("#}", body);
    if (end < 0) {
      throw new TemplateFault("the comment is never closed").at(line(at));
    }
    char sign = end > body ? source.charAt(end - 1) : ' ';
    at = trim(end + 2, sign, true);
  }

  private void block() {
    Matcher raw = RAW.matcher(source).region(at, source.length());
    if (!raw.lookingAt()) {
      tag(Kind.BLOCK_BEGIN);
      return;
    }
    int begin = at;
    at = raw.end();
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) {
      throw new TemplateFault("{% raw %} is never closed").at(line(begin));
    }
    text(end.start());
    at = end.end();
  }

  private void tag(Kind kind) {
    add(kind, source.substring(at, at + 2), at);
    boolean output = kind == Kind.OUTPUT_BEGIN;
    TagLexer tag = new TagLexer(source, afterSign(at + 2), output ? "}}" : "%}", line(at));
    tokens.addAll(tag.scan());
    add(output ? Kind.OUTPUT_END : Kind.BLOCK_END, tag.closing(), tag.end());
    at = trim(tag.end(), tag.sign(), !output);
  }

  private int afterSign(int position) {
    boolean signed = position < source.length() && "-+".indexOf(source.charAt(position)) >= 0;
    return signed ? position + 1 : position;
  }

  /** Where the text goes on behind a tag that ends at {@code end}. */
  private int trim(int end, char sign, boolean trimNewline) {
    if (sign == '-') {
      return Whitespace.skip(source, end);
    }
    boolean newline = trimNewline && sign != '+' && source.startsWith("\n", end);
    return newline ? end + 1 : end;
  }

  private void add(Kind kind, String text, int position) {
    if (kind != Kind.DATA || !text.isEmpty()) {
      tokens.add(new Token(kind, text, line(position)));
    }
  }

  /** The line of a position; positions only grow, so counting goes on from the last. */
  private int line(int position) {
    for (; lineAt < position; lineAt++) {
      line += source.charAt(lineAt) == '\n' ? 1 : 0;
    }
    return line;
  }
}
