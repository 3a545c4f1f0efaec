// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.corpus.OrderTask;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of other methods than the quick start's, with what they learn by default. */
@Tag("heavy")
class WholeExamplesTest {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @ParameterizedTest
  @ValueSource(strings = {"lisa", "adalora"})
  void theSkillIsLearned(String method, @TempDir Path directory)
      throws IOException, InterruptedException {
    String told = ExampleProcess.run(directory, LIMIT, method);
    assertTrue(ExampleProcess.heldOutPercent(told, "before") < 10, told);
    assertTrue(ExampleProcess.heldOutPercent(told, "after") > 90, told);
  }

  @Test
  void sixAdaptersAreLearnedTogetherAndAnswerFromOneProcess(@TempDir Path directory)
      throws IOException, InterruptedException {
    String told = ExampleProcess.run(directory, LIMIT, "multi-train", "--held-out", "30");
    for (OrderTask task : OrderTask.all()) {
      double after = ExampleProcess.percent(told, task.name() + " .* % → +([0-9.]+) %");
      assertTrue(after > 80, told);
    }
    assertTrue(told.contains("6 of 6 (100.0 %) right"), told);
  }
}
