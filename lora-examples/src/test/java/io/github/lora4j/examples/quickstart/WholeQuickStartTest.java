package io.github.lora4j.examples.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
    String told = run(directory);
    assertTrue(percent(told, "before") < 10, told);
    assertTrue(percent(told, "after") > 90, told);
    assertTrue(told.contains("小明有什么? → 书"), told);
    assertEquals(2, count(told, "the same answers in 100 of 100 cases"), told);
    assertTrue(Files.isRegularFile(directory.resolve("lora4j-quickstart/loss.png")));
  }

  private static String run(Path directory) throws IOException, InterruptedException {
    Path told = directory.resolve("told");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "quickstart")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(told.toFile());
    // A locale without Chinese, in which the answers are readable all the same.
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), "slower than " + LIMIT);
    } finally {
      process.destroyForcibly().waitFor();
    }
    String text = new String(Files.readAllBytes(told), StandardCharsets.UTF_8);
    assertEquals(0, process.exitValue(), text);
    return text;
  }

  private static double percent(String told, String when) {
    List<String> found =
        Pattern.compile("held-out records " + when + ": .*\\(([0-9.]+) %\\)")
            .matcher(told)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertEquals(1, found.size(), told);
    return Double.parseDouble(found.get(0));
  }

  private static long count(String text, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }
}
