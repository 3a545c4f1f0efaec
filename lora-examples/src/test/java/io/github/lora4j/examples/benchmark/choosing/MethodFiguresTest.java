// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class MethodFiguresTest {
  private static final String PRINTED =
      """
      something else
      trained_parameters              65536.000  parameters at a time, at most
      held_out_loss_after_100          0.250000  nats a token, held out
      held_out_loss_after_20           1.500000  nats a token, held out
      held_out_accuracy                  97.000  % of the held-out records
      """;

  private final MethodFigures figures = MethodFigures.parse("lora", PRINTED);

  @Test
  void figuresAreReadBackByTheirKeys() {
    assertEquals(65536, figures.get(MethodFigures.TRAINED));
    assertEquals(Double.NaN, figures.get(MethodFigures.PEAK));
  }

  @Test
  void lossesStandInTheOrderOfTheSteps() {
    assertEquals(List.of(20, 100), List.copyOf(figures.losses().keySet()));
    assertEquals(0.25, figures.finalLoss());
  }

  @Test
  void aRowHoldsWhatTheHeadNames() {
    String row = FiguresTable.row(figures, 4e-3f);
    assertEquals(
        FiguresTable.HEAD.lines().findFirst().orElseThrow().chars().filter(c -> c == '|').count(),
        row.chars().filter(c -> c == '|').count());
    assertEquals("| lora | 4.0e-03 | 65,536 | NaN | NaN | NaN | 0.25000 | 97 % |", row);
  }
}
