// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.story;

import io.github.lora4j.LoraException;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Pictures of losses, which all look alike. */
public final class Charts {
  private static final int DPI = 144;

  /** A loss of exactly zero has no place on a logarithmic axis. */
  private static final double SMALLEST = 1e-6;

  private Charts() {}

  /**
   * A chart without lines, losses on a logarithmic axis.
   *
   * @param title the title
   * @param xTitle what the other axis counts
   * @param legend where the legend is
   * @return the chart
   */
  public static XYChart ofLosses(String title, String xTitle, LegendPosition legend) {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(450)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle("loss (nats per token)")
            .build();
    chart
        .getStyler()
        .setLegendPosition(legend)
        .setLegendBorderColor(Color.WHITE)
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16))
        .setChartTitleBoxVisible(false);
    chart.getStyler().setXAxisMin(0.0).setXAxisDecimalPattern("#,##0").setYAxisLogarithmic(true);
    chart.getStyler().setPlotGridLinesColor(new Color(0xE6, 0xE6, 0xE6));
    return chart;
  }

  /**
   * Adds a line.
   *
   * @param chart the chart
   * @param name what the legend calls it
   * @param x its places
   * @param losses its losses
   * @param color its colour
   * @param width its width
   */
  public static void line(
      XYChart chart, String name, double[] x, double[] losses, Color color, float width) {
    double[] drawn = new double[losses.length];
    for (int i = 0; i < losses.length; i++) {
      drawn[i] = Math.max(SMALLEST, losses[i]);
    }
    XYSeries series = chart.addSeries(name, x, drawn);
    series.setLineColor(color);
    series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    series.setMarker(SeriesMarkers.NONE);
  }

  /**
   * Writes a chart as PNG.
   *
   * @param chart the chart
   * @param file the file, its name ending in {@code .png}; replaced if it exists
   * @throws LoraException if it cannot be written
   */
  public static void save(XYChart chart, Path file) {
    try {
      BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapFormat.PNG, DPI);
    } catch (IOException e) {
      throw new LoraException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
