// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** The methods of Python's {@code str} that chat templates use. */
final class StringMethods {
  /** A method and its receiver's text. */
  private interface Method {
    Object call(String text, Arguments arguments);
  }

  private static final Map<String, Method> METHODS =
      Map.ofEntries(
          Map.entry("strip", (text, a) -> strip(text, a, true, true)),
          Map.entry("lstrip", (text, a) -> strip(text, a, true, false)),
          Map.entry("rstrip", (text, a) -> strip(text, a, false, true)),
          Map.entry("split", (text, a) -> split(text, a, false)),
          Map.entry("rsplit", (text, a) -> split(text, a, true)),
          Map.entry("splitlines", (text, a) -> TextFilters.lines(text)),
          Map.entry("startswith", (text, a) -> affix(a, text::startsWith)),
          Map.entry("endswith", (text, a) -> affix(a, text::endsWith)),
          Map.entry("removeprefix", (text, a) -> removePrefix(text, a.text(0, "prefix"))),
          Map.entry("removesuffix", (text, a) -> removeSuffix(text, a.text(0, "suffix"))),
          Map.entry("upper", (text, a) -> text.toUpperCase(Locale.ROOT)),
          Map.entry("lower", (text, a) -> text.toLowerCase(Locale.ROOT)),
          Map.entry("title", (text, a) -> title(text)),
          Map.entry("capitalize", (text, a) -> TextFilters.capitalize(text)),
          Map.entry("replace", StringMethods::replace),
          Map.entry("find", (text, a) -> codePoints(text, text.indexOf(a.text(0, "sub")))),
          Map.entry("rfind", (text, a) -> codePoints(text, text.lastIndexOf(a.text(0, "sub")))),
          Map.entry("count", (text, a) -> TextFilters.count(text, a.text(0, "sub"))),
          Map.entry("join", (text, a) -> join(text, a)),
          Map.entry("isdigit", (text, a) -> all(text, Character::isDigit)),
          Map.entry("isalpha", (text, a) -> all(text, Character::isLetter)),
          Map.entry("isalnum", (text, a) -> all(text, Character::isLetterOrDigit)),
          Map.entry("isspace", (text, a) -> all(text, Whitespace::is)),
          Map.entry("isupper", (text, a) -> isCase(text, text.toUpperCase(Locale.ROOT))),
          Map.entry("islower", (text, a) -> isCase(text, text.toLowerCase(Locale.ROOT))));

  private StringMethods() {}

  static boolean has(String name) {
    return METHODS.containsKey(name);
  }

  /** Calls a method for which {@link #has} holds. */
  static Object call(String text, String name, Arguments arguments) {
    Method method = METHODS.get(name);
    if (method == null) {
      throw new TemplateFault("'str object' has no attribute '%s'".formatted(name));
    }
    arguments.budget().charge(text.length());
    return method.call(text, arguments);
  }

  /** Strips white space, or any of the characters of the first argument. */
  static String strip(String text, Arguments arguments, boolean left, boolean right) {
    Object given = arguments.get(0, "chars", None.NONE);
    IntPredicate stripped =
        given == None.NONE ? Whitespace::is : c -> arguments.text(0, "chars").indexOf(c) >= 0;
    int start = 0;
    int end = text.length();
    while (left && start < end && stripped.test(text.codePointAt(start))) {
      start = text.offsetByCodePoints(start, 1);
    }
    while (right && end > start && stripped.test(text.codePointBefore(end))) {
      end = text.offsetByCodePoints(end, -1);
    }
    return text.substring(start, end);
  }

  private static List<Object> split(String text, Arguments arguments, boolean fromRight) {
    Object separator = arguments.get(0, "sep", None.NONE);
    long most = arguments.integer(1, "maxsplit", -1);
    long limit = most < 0 ? Long.MAX_VALUE : most;
    if (separator == None.NONE) {
      return words(text, limit, fromRight);
    }
    String between = arguments.text(0, "sep");
    if (between.isEmpty()) {
      throw new TemplateFault("empty separator");
    }
    return fromRight ? splitRight(text, between, limit) : splitLeft(text, between, limit);
  }

  private static List<Object> splitLeft(String text, String separator, long limit) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && parts.size() < limit) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<Object> splitRight(String text, String separator, long limit) {
    List<Object> parts = new ArrayList<>();
    String rest = text;
    int at = rest.lastIndexOf(separator);
    while (at >= 0 && parts.size() < limit) {
      parts.add(rest.substring(at + separator.length()));
      rest = rest.substring(0, at);
      at = rest.lastIndexOf(separator);
    }
    parts.add(rest);
    Collections.reverse(parts);
    return parts;
  }

  /** Splits at runs of white space; no part is empty. */
  private static List<Object> words(String text, long limit, boolean fromRight) {
    if (fromRight && limit != Long.MAX_VALUE) {
      throw new TemplateFault("rsplit with maxsplit needs a separator here");
    }
    List<Object> words = new ArrayList<>();
    int at = Whitespace.skip(text, 0);
    while (at < text.length()) {
      int end = at;
      if (words.size() == limit) {
        end = at + Whitespace.stripTrailing(text.substring(at)).length();
        words.add(text.substring(at, end));
        break;
      }
      while (end < text.length() && !Whitespace.is(text.charAt(end))) {
        end++;
      }
      words.add(text.substring(at, end));
      at = Whitespace.skip(text, end);
    }
    return words;
  }

  private interface Affix {
    boolean matches(String affix);
  }

  /** One text or a tuple of them. */
  private static Object affix(Arguments arguments, Affix text) {
    Object given = arguments.required(0, "affix");
    List<?> affixes = given instanceof Tuple tuple ? tuple : List.of(given);
    for (Object affix : affixes) {
      if (!(affix instanceof String each)) {
        throw new TemplateFault("startswith and endswith take a string or a tuple of strings");
      }
      if (text.matches(each)) {
        return true;
      }
    }
    return false;
  }

  private static String removePrefix(String text, String prefix) {
    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
  }

  private static String removeSuffix(String text, String suffix) {
    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
  }

  private static String title(String text) {
    StringBuilder title = new StringBuilder(text.length());
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      title.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return title.toString();
  }

  private static Object replace(String text, Arguments a) {
    return TextFilters.replace(
        text, a.text(0, "old"), a.text(1, "new"), a.integer(2, "count", -1), a.budget());
  }

  private static Object join(String separator, Arguments arguments) {
    List<?> parts = Values.iterate(arguments.required(0, "iterable"));
    for (Object part : parts) {
      if (!(part instanceof String)) {
        throw new TemplateFault("join: expected strings, found '%s'".formatted(Values.type(part)));
      }
    }
    return TextFilters.join(parts, separator, arguments.budget());
  }

  private static long codePoints(String text, int index) {
    return index < 0 ? -1 : text.codePointCount(0, index);
  }

  private static boolean all(String text, IntPredicate predicate) {
    return !text.isEmpty() && text.codePoints().allMatch(predicate);
  }

  static boolean isCase(String text, String converted) {
    return text.equals(converted)
        && text.codePoints().anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
  }
}
