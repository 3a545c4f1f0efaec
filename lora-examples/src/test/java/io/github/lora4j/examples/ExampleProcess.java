// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Runs the examples as a user does, in a JVM of their own. */
public final class ExampleProcess {
  private ExampleProcess() {}

  /**
   * Runs a command to its end.
   *
   * @param directory where it runs
   * @param limit how long it may take
   * @param args the subcommand and its options
   * @return what it told
   */
  public static String run(Path directory, Duration limit, String... args)
      throws IOException, InterruptedException {
    Path told = directory.resolve("told");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(told.toFile());
    // A locale without Chinese, in which the answers are readable all the same.
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(limit.toSeconds(), TimeUnit.SECONDS), "slower than " + limit);
    } finally {
      process.destroyForcibly().waitFor();
    }
    String text = new String(Files.readAllBytes(told), StandardCharsets.UTF_8);
    assertEquals(0, process.exitValue(), text);
    return text;
  }

  /**
   * Reads a percentage out of what was told.
   *
   * @param told what was told
   * @param pattern a regular expression, the number its first group
   * @return the number
   */
  public static double percent(String told, String pattern) {
    List<String> found =
        Pattern.compile(pattern).matcher(told).results().map(match -> match.group(1)).toList();
    assertEquals(1, found.size(), told);
    return Double.parseDouble(found.get(0));
  }

  /**
   * Reads the share of right answers to the held-out records.
   *
   * @param told what was told
   * @param when {@code before} or {@code after}
   * @return in per cent
   */
  public static double heldOutPercent(String told, String when) {
    return percent(told, "held-out records " + when + ": .*\\(([0-9.]+) %\\)");
  }
}
