// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.Main;
import io.github.lora4j.examples.quickstart.Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A signal ends a fine-tuning after a step, and the command it prints goes on with it. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a process is ended there without a signal")
class StopOnSignalsTest {
  private static final Pattern STEPS = Pattern.compile("(\\d+) steps in ");
  private static final String GO_ON = "stopped; to go on: java -jar lora-examples.jar ";

  @TempDir private Path directory;

  @Test
  void theRunStopsAndGoesOn() throws IOException, InterruptedException {
    Bundle.copyTo(directory);
    List<String> first =
        terminated(
            List.of(
                "finetune",
                "--model",
                directory.resolve(Bundle.MODEL).toString(),
                "--data",
                directory.resolve(Bundle.TRAINING).toString(),
                "--output",
                directory.resolve("out").toString(),
                "--max-steps",
                "100000",
                "--batch-size",
                "1"));
    String goOn = first.get(first.size() - 1);
    assertTrue(goOn.startsWith(GO_ON + "finetune ") && goOn.endsWith(" --resume"), goOn);
    List<String> second = terminated(List.of(goOn.substring(GO_ON.length()).split(" ")));
    assertTrue(steps(second) > steps(first), second::toString);
    assertEquals(goOn, second.get(second.size() - 1));
  }

  private static int steps(List<String> lines) {
    Matcher steps = STEPS.matcher(String.join("\n", lines));
    assertTrue(steps.find(), lines::toString);
    return Integer.parseInt(steps.group(1));
  }

  /** Runs a command in a process of its own, terminates it after its first step, and waits. */
  private static List<String> terminated(List<String> args)
      throws IOException, InterruptedException {
    Process process = start(args);
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader = process.inputReader()) {
      String line = reader.readLine();
      while (line != null && !line.startsWith("step ")) {
        line = reader.readLine();
      }
      assertTrue(process.toHandle().destroy());
      reader.lines().forEach(lines::add);
    }
    assertEquals(0, process.waitFor(), lines::toString);
    return lines;
  }

  private static Process start(List<String> args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
    command.addAll(args);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
