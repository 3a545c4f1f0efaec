// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.pattern;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Rewrites one expression from Python's syntax to Java's, from left to right. */
final class PythonSyntax {
  private static final Pattern QUANTIFIER = Pattern.compile("\\{(\\d*)(,(\\d*))?}");
  private static final Pattern GROUP_NAME = Pattern.compile("\\w+");
  private static final String KNOWN_ESCAPES = "abBdDfnNrsStuUvwWxAZ";

  private final String source;
  private final StringBuilder java = new StringBuilder();
  private final List<String> groupNames = new ArrayList<>();
  private int at;
  private boolean inClass;

  PythonSyntax(String source) {
    this.source = source;
  }

  String toJava() {
    while (at < source.length()) {
      char c = source.charAt(at);
      if (c == '\\') {
        escape();
      } else if (inClass) {
        classMember(c);
      } else if (c == '[') {
        openClass();
      } else if (c == '{') {
        brace();
      } else if (source.startsWith("(?", at)) {
        extension();
      } else {
        copy(1);
      }
    }
    return java.toString();
  }

  private void copy(int count) {
    int end = Math.min(at + count, source.length());
    java.append(source, at, end);
    at = end;
  }

  private void replace(int count, String replacement) {
    java.append(replacement);
    at += count;
  }

  private void escape() {
    if (at + 1 == source.length()) {
      throw error("bad escape at the end");
    }
    char c = source.charAt(at + 1);
    if (isAsciiLetter(c) && KNOWN_ESCAPES.indexOf(c) < 0) {
      throw error("bad escape \\" + c);
    }
    switch (c) {
      case 'Z' -> replace(2, "\\z");
      case 'v' -> replace(2, "\\x0B");
      case 'b' -> replace(2, inClass ? "\\x08" : "\\b");
      case 'U' -> longCodePoint();
      default -> copy(2);
    }
  }

  private void longCodePoint() {
    int end = at + 10;
    if (end > source.length()) {
      throw error("incomplete escape \\U");
    }
    replace(10, "\\x{" + source.substring(at + 2, end) + "}");
  }

  private void openClass() {
    inClass = true;
    copy(source.startsWith("[^", at) ? 2 : 1);
    if (source.startsWith("]", at)) {
      replace(1, "\\]");
    }
  }

  /** Java has nested classes and intersections; to Python the same characters are plain. */
  private void classMember(char c) {
    switch (c) {
      case '[', '&' -> replace(1, "\\" + c);
      case ']' -> {
        inClass = false;
        copy(1);
      }
      default -> copy(1);
    }
  }

  /** To Python a brace that opens no quantifier is plain, and {@code {,3}} begins at 0. */
  private void brace() {
    Matcher matcher = QUANTIFIER.matcher(source).region(at, source.length());
    if (!matcher.lookingAt() || matcher.group().equals("{}")) {
      replace(1, "\\{");
    } else if (matcher.group(1).isEmpty()) {
      replace(2, "{0,");
    } else {
      copy(matcher.group().length());
    }
  }

  private void extension() {
    if (source.startsWith("(?P<", at)) {
      String name = groupName(at + 4, '>');
      groupNames.add(name);
      replace(name.length() + 5, "(?<" + javaName(name) + ">");
    } else if (source.startsWith("(?P=", at)) {
      String name = groupName(at + 4, ')');
      if (!groupNames.contains(name)) {
        throw error("unknown group name " + name);
      }
      replace(name.length() + 5, "\\k<" + javaName(name) + ">");
    } else if (source.startsWith("(?<", at) && !lookBehind()) {
      throw error("Python writes a named group (?P<name>...)");
    } else {
      copy(2);
    }
  }

  private boolean lookBehind() {
    return source.startsWith("(?<=", at) || source.startsWith("(?<!", at);
  }

  private String groupName(int start, char close) {
    int end = source.indexOf(close, start);
    if (end < 0 || !GROUP_NAME.matcher(source.substring(start, end)).matches()) {
      throw error("bad group name");
    }
    return source.substring(start, end);
  }

  /** Java's group names take no underscore, so groups are called by their place. */
  private String javaName(String name) {
    return "g" + groupNames.indexOf(name);
  }

  private PatternSyntaxException error(String description) {
    return new PatternSyntaxException(description, source, at);
  }

  private static boolean isAsciiLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
