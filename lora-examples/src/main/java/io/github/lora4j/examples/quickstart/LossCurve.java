package io.github.lora4j.examples.quickstart;

import io.github.lora4j.LoraException;
import io.github.lora4j.train.StepReport;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The loss of each step as a picture. */
public final class LossCurve {
  private static final Color LIGHT = new Color(0xB7, 0xCF, 0xE8);
  private static final Color DARK = new Color(0x1F, 0x5A, 0x99);
  private static final int WINDOWS = 80;
  private static final int DPI = 144;

  /** A loss of exactly zero has no place on a logarithmic axis. */
  private static final double SMALLEST = 1e-6;

  private LossCurve() {}

  /**
   * Draws a PNG: each step's loss in light, a moving average in dark.
   *
   * @param title the title
   * @param steps the steps, at least one
   * @param file the file, its name ending in {@code .png}; replaced if it exists
   * @throws LoraException if it cannot be written
   */
  public static void write(String title, List<StepReport> steps, Path file) {
    XYChart chart = chart(title);
    double[] x = tokensSeen(steps);
    double[] losses = steps.stream().mapToDouble(s -> Math.max(SMALLEST, s.loss())).toArray();
    line(chart.addSeries("each step", x, losses), LIGHT, 1f);
    line(chart.addSeries("moving average", x, smooth(losses)), DARK, 2.5f);
    try {
      BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapFormat.PNG, DPI);
    } catch (IOException e) {
      throw new LoraException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static double[] tokensSeen(List<StepReport> steps) {
    double[] tokens = steps.stream().mapToDouble(StepReport::tokens).toArray();
    Arrays.parallelPrefix(tokens, Double::sum);
    return tokens;
  }

  private static XYChart chart(String title) {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(450)
            .title(title)
            .xAxisTitle("tokens seen")
            .yAxisTitle("loss (nats per token)")
            .build();
    chart
        .getStyler()
        .setLegendPosition(LegendPosition.InsideNE)
        .setLegendBorderColor(Color.WHITE)
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16))
        .setChartTitleBoxVisible(false);
    chart.getStyler().setXAxisMin(0.0).setXAxisDecimalPattern("#,##0").setYAxisLogarithmic(true);
    chart.getStyler().setPlotGridLinesColor(new Color(0xE6, 0xE6, 0xE6));
    return chart;
  }

  private static void line(XYSeries series, Color color, float width) {
    series.setLineColor(color);
    series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    series.setMarker(SeriesMarkers.NONE);
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
