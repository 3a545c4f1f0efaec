// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private static StepReport step(int number, double loss) {
    return new StepReport(number, loss, 2e-4f, 1, 100, 50, 512L << 20);
  }

  private List<String> lines() {
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void linesComeFirstEveryFewSecondsAtEvaluationsAndLast() {
    AtomicLong clock = new AtomicLong();
    try (LineDisplay display = new LineDisplay(stream, "", 20, clock::get)) {
      for (int number = 1; number <= 20; number++) {
        clock.addAndGet(Duration.ofSeconds(1).toNanos());
        display.onStep(step(number, 2));
        if (number == 8) {
          display.onEvaluation(new EvaluationReport(8, 1.5));
        }
      }
    }
    List<String> steps =
        lines().stream().map(line -> line.substring(0, line.indexOf(':'))).toList();
    assertEquals(
        List.of("step 1/20", "step 6/20", "step 8/20", "step 13/20", "step 18/20", "step 20/20"),
        steps);
    assertTrue(
        lines()
            .get(2)
            .startsWith(
                "step 8/20: loss 2.0000, evaluation loss 1.5000, learning rate 2.00e-04, 50"
                    + " tokens/s, "),
        lines().get(2));
    assertTrue(lines().get(2).endsWith("iB, 0:12 left"), lines().get(2));
  }

  @Test
  void aBarShowsTheNumbersToo() {
    try (BarDisplay bar = new BarDisplay(stream, 4)) {
      bar.onStep(step(4, 2.5));
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("4/4"), text);
  }

  @Test
  void aStreamThatIsNoTerminalGetsLinesAndSilenceNothing() {
    assertFalse(Terminal.is(stream));
    try (ProgressDisplay lines = ProgressDisplay.of(Optional.of(stream), 1);
        ProgressDisplay silent = ProgressDisplay.of(Optional.empty(), 1)) {
      silent.onStep(step(1, 1));
      assertEquals(List.of(), lines());
      lines.onStep(step(1, 1));
      assertEquals(1, lines().size());
    }
  }

  @Test
  void theLossIsSmoothedAndTheFirstOneStandsAsItIs() {
    Smoothed smoothed = new Smoothed();
    smoothed.add(4);
    assertEquals(4, smoothed.value(), 1e-12);
    smoothed.add(2);
    assertEquals((0.9 * 4 + 2) / 1.9, smoothed.value(), 1e-12);
  }

  @Test
  void timesAndSizesReadWell() {
    assertEquals("0:05", Quantities.clock(Duration.ofSeconds(5)));
    assertEquals("1:02:03", Quantities.clock(Duration.ofSeconds(3723)));
    assertEquals("512 MiB", Quantities.memory(512L << 20));
    assertEquals("1.5 GiB", Quantities.memory(1536L << 20));
  }

  @Test
  void theProcessHasMemory() {
    assertTrue(ResidentMemory.bytes() > 10 << 20);
  }
}
