// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** C's {@code strftime}, in English whatever the machine's language. */
final class Strftime {
  private static final Map<Character, String> FIELDS =
      Map.ofEntries(
          Map.entry('Y', "uuuu"),
          Map.entry('y', "uu"),
          Map.entry('m', "MM"),
          Map.entry('d', "dd"),
          Map.entry('e', "ppd"),
          Map.entry('B', "MMMM"),
          Map.entry('b', "MMM"),
          Map.entry('A', "EEEE"),
          Map.entry('a', "EEE"),
          Map.entry('H', "HH"),
          Map.entry('I', "hh"),
          Map.entry('M', "mm"),
          Map.entry('S', "ss"),
          Map.entry('p', "a"),
          Map.entry('j', "DDD"),
          Map.entry('F', "uuuu-MM-dd"),
          Map.entry('T', "HH:mm:ss"));

  // "%-d" is glibc's way to leave out the padding.
  private static final Pattern DIRECTIVE = Pattern.compile("%(-?)(.)", Pattern.DOTALL);

  private Strftime() {}

  static String format(LocalDateTime time, String format) {
    return DIRECTIVE
        .matcher(format)
        .replaceAll(
            directive -> {
              String field = field(time, directive.group(2).charAt(0));
              boolean unpadded = !directive.group(1).isEmpty();
              return Matcher.quoteReplacement(
                  unpadded ? field.replaceFirst("^0+(?=\\d)", "") : field);
            });
  }

  private static String field(LocalDateTime time, char letter) {
    if (letter == '%') {
      return "%";
    }
    String pattern = FIELDS.get(letter);
    if (pattern == null) {
      throw new TemplateFault("strftime_now: %%%s is not supported".formatted(letter));
    }
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
  }
}
