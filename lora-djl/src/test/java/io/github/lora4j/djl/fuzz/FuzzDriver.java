// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs Jazzer on one target after the other, each in a JVM of its own with a small heap. What it
 * learns is kept from run to run beside what it finds.
 */
public final class FuzzDriver {
  private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";
  private static final String DETECTORS = "com.code_intelligence.jazzer.sanitizers.";
  private static final String SERVER_REQUESTS = "ServerSideRequestForgery";
  private static final String ALL = "all";

  private FuzzDriver() {}

  /**
   * Fuzzes.
   *
   * @param arguments the targets' labels with commas between them, or {@code all}; seconds for
   *     each; the directory for corpora and findings
   * @throws IOException if a directory cannot be made or no JVM started
   * @throws InterruptedException if this thread is interrupted
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path results = Path.of(arguments[2]);
    List<String> failed = new ArrayList<>();
    for (FuzzTarget target : targets(arguments[0])) {
      System.out.println("fuzzing " + target.label() + " for " + arguments[1] + " s");
      if (run(target, arguments[1], results.resolve(target.label())) != 0) {
        failed.add(target.label());
      }
    }
    if (!failed.isEmpty()) {
      throw new IllegalStateException(
          "findings in " + failed + "; the inputs lie under " + results.toAbsolutePath());
    }
  }

  private static List<FuzzTarget> targets(String labels) {
    return labels.equals(ALL)
        ? Arrays.asList(FuzzTarget.values())
        : Arrays.stream(labels.split(",")).map(FuzzTarget::labelled).toList();
  }

  private static int run(FuzzTarget target, String seconds, Path results)
      throws IOException, InterruptedException {
    Path corpus = Files.createDirectories(results.resolve("corpus"));
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            JAZZER,
            "--target_class=" + JazzerEntry.class.getName(),
            "--target_args=" + target.label(),
            "--instrumentation_includes=io.github.lora4j.**:com.google.gson.**",
            "--disabled_hooks=" + DETECTORS + "RegexInjection:" + DETECTORS + SERVER_REQUESTS,
            "--reproducer_path=" + results,
            "-artifact_prefix=" + results + File.separator,
            "-timeout=60",
            "-max_len=8192",
            "-max_total_time=" + seconds,
            corpus.toString(),
            Seeds.CORPUS.resolve(target.label()).toString());
    ProcessBuilder jazzer = new ProcessBuilder(command).inheritIO();
    jazzer.environment().put("OPT_OUT_TRACKING", "true"); // DJL's
    return jazzer.start().waitFor();
  }
}
