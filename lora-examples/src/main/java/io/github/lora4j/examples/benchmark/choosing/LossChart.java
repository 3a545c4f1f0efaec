// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import io.github.lora4j.examples.story.Charts;
import java.awt.Color;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The held-out losses of all methods, step by step. */
final class LossChart {
  /** Okabe and Ito's colours, which nearly everybody can tell apart. */
  private static final List<Color> COLORS =
      List.of(
          new Color(0x0072B2),
          new Color(0x56B4E9),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xD55E00),
          new Color(0x000000),
          new Color(0xE69F00));

  private LossChart() {}

  /**
   * Draws a PNG.
   *
   * @throws io.github.lora4j.LoraException if it cannot be written
   */
  static void write(List<MethodFigures> methods, Path file) {
    XYChart chart =
        Charts.ofLosses(
            "Orders to JSON: the loss on held-out records",
            "steps of 8 records",
            LegendPosition.OutsideE);
    for (int i = 0; i < methods.size(); i++) {
      MethodFigures method = methods.get(i);
      double[] steps =
          method.losses().keySet().stream().mapToDouble(Integer::doubleValue).toArray();
      double[] losses =
          method.losses().values().stream().mapToDouble(Double::doubleValue).toArray();
      Charts.line(chart, method.method(), steps, losses, COLORS.get(i % COLORS.size()), 2.5f);
    }
    Charts.save(chart, file);
  }
}
