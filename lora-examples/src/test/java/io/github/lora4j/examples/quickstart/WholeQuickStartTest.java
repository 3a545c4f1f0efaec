// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.ExampleProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the quick start as a user does, in a JVM of its own. */
@Tag("heavy")
class WholeQuickStartTest {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @Test
  void theSkillIsLearnedKeptAndMergedInUnderThreeMinutes(@TempDir Path directory)
      throws IOException, InterruptedException {
    String told = ExampleProcess.run(directory, LIMIT, "quickstart");
    assertTrue(ExampleProcess.heldOutPercent(told, "before") < 10, told);
    assertTrue(ExampleProcess.heldOutPercent(told, "after") > 90, told);
    assertTrue(told.contains("小明有什么? → 书"), told);
    assertEquals(2, count(told, "the same answers in 100 of 100 cases"), told);
    assertTrue(Files.isRegularFile(directory.resolve("lora4j-quickstart/loss.png")));
  }

  private static long count(String text, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }
}
