// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that is killed ({@code kill -9}) at any moment loses what came after its checkpoint.
 */
class KillTest {
  @TempDir Path directory;

  @Test
  void aFewKills() throws IOException, InterruptedException {
    assertSurvives(5, 11);
  }

  @Test
  @Tag("heavy")
  void thirtyKills() throws IOException, InterruptedException {
    assertSurvives(30, 12);
  }

  private void assertSurvives(int kills, long seed) throws IOException, InterruptedException {
    Path whole = directory.resolve("whole");
    Path killed = directory.resolve("killed");
    InterruptedChild.train(whole, OutputStream.nullOutputStream());
    Random random = new Random(seed);
    int before = 0;
    for (int kill = 0; kill < kills; kill++) {
      boolean early = kill % 5 == 0;
      int steps = early ? 0 : 1 + random.nextInt(Math.max(1, InterruptedChild.STEPS / kills - 1));
      before = runAndKill(killed, before, steps, random.nextInt(early ? 2500 : 25));
    }
    assertTrue(before < InterruptedChild.STEPS, "the last kill came too late");
    Process last = start(killed);
    try (BufferedReader lines = last.inputReader()) {
      assertGoesOn(before, lines.readLine());
      while (lines.readLine() != null) {
        // The child must not wait for its reader.
      }
    }
    assertEquals(0, last.waitFor());
    ResumeTest.assertSameFiles(whole, killed);
    assertEquals(
        List.of("step-000059", "step-000060"),
        CheckpointRefusalTest.names(killed.resolve("checkpoints")));
  }

  /**
   * Lets a child make some steps, none for a kill while it starts, and kills it some milliseconds
   * later.
   *
   * @return the last step that it said it made
   */
  private static int runAndKill(Path output, int before, int steps, int milliseconds)
      throws IOException, InterruptedException {
    Process child = start(output);
    int last = before;
    try (BufferedReader lines = child.inputReader()) {
      List<String> said = new ArrayList<>();
      while (said.size() < steps) {
        said.add(lines.readLine());
      }
      TimeUnit.MILLISECONDS.sleep(milliseconds);
      child.toHandle().destroyForcibly(); // leaves what it said to be read
      lines.lines().forEach(said::add);
      if (!said.isEmpty()) {
        assertGoesOn(before, said.get(0));
        last = step(said.get(said.size() - 1));
      }
    }
    assertEquals(128 + 9, child.waitFor(), "the child must have been killed");
    return last;
  }

  /** The checkpoint of the last step that was announced may or may not have been written. */
  private static void assertGoesOn(int before, String firstLine) {
    int first = step(firstLine);
    assertTrue(first == before || first == before + 1, first + " after " + before);
  }

  private static int step(String line) {
    assertTrue(line.startsWith("step "), line);
    return Integer.parseInt(line.substring("step ".length()));
  }

  private static Process start(Path output) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dai.djl.pytorch.graph_optimizer=false",
            "-cp",
            classPath,
            InterruptedChild.class.getName(),
            output.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
