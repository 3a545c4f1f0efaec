// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import java.util.Locale;

/** Figures as a table in Markdown. */
final class FiguresTable {
  static final String HEAD =
      """
      | method | learning rate | trained at a time | peak resident, MiB | s a step | processor s a step | held-out loss | right |
      | --- | --- | --- | --- | --- | --- | --- | --- |\
      """
          .indent(0)
          .stripTrailing();

  private FiguresTable() {}

  static String row(MethodFigures figures, float learningRate) {
    return String.format(
        Locale.ROOT,
        "| %s | %.1e | %,.0f | %.0f | %.4f | %.4f | %.5f | %.0f %% |",
        figures.method(),
        learningRate,
        figures.get(MethodFigures.TRAINED),
        figures.get(MethodFigures.PEAK),
        figures.get(MethodFigures.SECONDS),
        figures.get(MethodFigures.PROCESSOR),
        figures.finalLoss(),
        figures.get(MethodFigures.ACCURACY));
  }
}
