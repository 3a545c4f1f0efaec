// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import io.github.lora4j.LoraException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This program in a JVM of its own, whose memory is nobody else's. */
final class ChildProcess {
  private static final String MAIN = "io.github.lora4j.examples.Main";

  /** Small and of one size, so that resident memory is what models and steps take. */
  private static final List<String> HEAP =
      List.of("-Xms128m", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private ChildProcess() {}

  /**
   * Runs a command.
   *
   * @return what it printed
   * @throws LoraException if it fails
   */
  static String run(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(HEAP);
    command.add("-Dai.djl.pytorch.num_threads=1");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new LoraException("%s ended with %d; see above".formatted(arguments, exit));
      }
      return printed;
    } catch (IOException e) {
      throw new LoraException("%s: cannot be run: %s".formatted(command.get(0), e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LoraException("interrupted while " + arguments + " ran", e);
    }
  }
}
