package io.github.lora4j.examples.benchmark;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints figures, one a line: {@code key value unit}. */
final class Figures {
  private final PrintWriter out;

  Figures(PrintWriter out) {
    this.out = out;
  }

  void print(String key, double value, String unit) {
    out.printf(Locale.ROOT, "%-28s %12.3f  %s%n", key, value, unit);
    out.flush();
  }

  void title(String text) {
    out.println(text);
    out.flush();
  }
}
