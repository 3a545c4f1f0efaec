// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs scripts of {@code src/test/node} with packages of npm, which are installed under {@code
 * target}. Where node or the registry is absent, the test is skipped and says so.
 */
final class NodeScripts {
  private static final Path SOURCES = Path.of("src/test/node");
  private static final Path TARGET = Path.of("target/node").toAbsolutePath();
  private static final int MINUTES = 3;

  private NodeScripts() {}

  /**
   * Runs a script that needs a package, for example {@code openai@7.57.0}; gives what it prints.
   */
  static String run(String script, String npmPackage, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path directory = TARGET.resolve(npmPackage.substring(0, npmPackage.indexOf('@')));
    install(npmPackage, directory);
    Files.copy(
        SOURCES.resolve(script), directory.resolve(script), StandardCopyOption.REPLACE_EXISTING);
    Finished finished = run(directory, List.of("node", script), environment);
    assertEquals(0, finished.status(), finished.output());
    return finished.output();
  }

  private static void install(String npmPackage, Path directory)
      throws IOException, InterruptedException {
    Path installed = directory.resolve("installed");
    if (Files.exists(installed)) {
      return;
    }
    Files.createDirectories(directory);
    assumeTrue(isThere("node") && isThere("npm"), "skipped: node and npm are not installed");
    List<String> install =
        List.of(
            "npm",
            "install",
            "--prefix",
            ".",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
            npmPackage);
    Finished finished = run(directory, install, Map.of());
    assumeTrue(
        finished.status() == 0,
        () -> "skipped: npm cannot install " + npmPackage + ": " + finished.output());
    Files.createFile(installed);
  }

  static boolean isThere(String program) {
    return List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
        .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
  }

  private record Finished(int status, String output) {}

  private static Finished run(Path directory, List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
      return new Finished(ended ? process.exitValue() : -1, Files.readString(output));
    } finally {
      process.destroyForcibly();
      Files.delete(output);
    }
  }
}
