// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import io.github.lora4j.ConfigurationException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bytes as people write them: {@code 24GiB}, {@code 512 MiB}. */
public final class ByteText {
  private static final String UNITS = "KMGT";
  private static final Pattern PATTERN =
      Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*(?:([KMGT])i?)?B?", Pattern.CASE_INSENSITIVE);

  private ByteText() {}

  /**
   * Reads a number of bytes. All units are powers of 1024, {@code GB} as much as {@code GiB}.
   *
   * @param text for example {@code 24GiB}; a number alone is bytes
   * @return the bytes, above 0
   * @throws ConfigurationException if the text is no such number
   */
  public static long parse(String text) {
    Matcher matcher = PATTERN.matcher(text.strip());
    long bytes = matcher.matches() ? bytes(matcher) : 0;
    if (bytes < 1) {
      throw new ConfigurationException(
          "expected a number of bytes such as 24GiB or 512MiB, found \"%s\"".formatted(text));
    }
    return bytes;
  }

  private static long bytes(Matcher matcher) {
    String unit = matcher.group(2);
    int power = unit == null ? 0 : 1 + UNITS.indexOf(unit.toUpperCase(Locale.ROOT));
    return Math.round(Double.parseDouble(matcher.group(1)) * Math.pow(1024, power));
  }

  /**
   * Writes a number of bytes, rounded.
   *
   * @param bytes at least 0
   * @return in GiB with two decimals from 1 GiB on, in MiB with one below
   */
  public static String format(long bytes) {
    double mebibytes = bytes / (double) (1 << 20);
    return mebibytes >= 1024
        ? String.format(Locale.ROOT, "%.2f GiB", mebibytes / 1024)
        : String.format(Locale.ROOT, "%.1f MiB", mebibytes);
  }
}
