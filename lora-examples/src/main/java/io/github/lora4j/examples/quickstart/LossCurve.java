// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import io.github.lora4j.examples.story.Charts;
import io.github.lora4j.train.StepReport;
import java.awt.Color;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The loss of each step as a picture. */
public final class LossCurve {
  private static final Color LIGHT = new Color(0xB7, 0xCF, 0xE8);
  private static final Color DARK = new Color(0x1F, 0x5A, 0x99);
  private static final int WINDOWS = 80;

  private LossCurve() {}

  /**
   * Draws a PNG: each step's loss in light, a moving average in dark.
   *
   * @param title the title
   * @param steps the steps, at least one
   * @param file the file, its name ending in {@code .png}; replaced if it exists
   * @throws io.github.lora4j.LoraException if it cannot be written
   */
  public static void write(String title, List<StepReport> steps, Path file) {
    XYChart chart = Charts.ofLosses(title, "tokens seen", LegendPosition.InsideNE);
    double[] x = tokensSeen(steps);
    double[] losses = steps.stream().mapToDouble(StepReport::loss).toArray();
    Charts.line(chart, "each step", x, losses, LIGHT, 1f);
    Charts.line(chart, "moving average", x, smooth(losses), DARK, 2.5f);
    Charts.save(chart, file);
  }

  private static double[] tokensSeen(List<StepReport> steps) {
    double[] tokens = steps.stream().mapToDouble(StepReport::tokens).toArray();
    Arrays.parallelPrefix(tokens, Double::sum);
    return tokens;
  }

  /** The mean of each value and its neighbours, as many on both sides. */
  static double[] smooth(double[] values) {
    int reach = Math.max(1, values.length / WINDOWS);
    double[] smooth = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int side = Math.min(reach, Math.min(i, values.length - 1 - i));
      double sum = 0;
      for (int j = i - side; j <= i + side; j++) {
        sum += values[j];
      }
      smooth[i] = sum / (2 * side + 1);
    }
    return smooth;
  }
}
