// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The methods held against each other, as commands. */
class ChoosingTest {
  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void withoutScreen() {
    System.setProperty("java.awt.headless", "true");
  }

  private int run(String line) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return command.execute(("benchmark choosing " + line).split(" "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora", "qlora", "dora", "adalora", "lisa", "full", "prompt"})
  void everyMethodTrainsAndIsJudged(String method) {
    String options = " --learning-rate 1e-3 --steps 6 --seed 1 --validate --data " + directory;
    assertEquals(0, run("run --method " + method + options), err::toString);
    assertTrue(out.toString().matches("(?s).*trained_parameters +[1-9].*"), out::toString);
    assertTrue(out.toString().matches("(?s).*held_out_loss_after_6 +[0-9]\\..*"), out::toString);
  }

  @Test
  void aRunInAProcessOfItsOwnBecomesARowAndALine() throws IOException {
    assertEquals(0, run("--methods lora --steps 6 --output " + directory), err::toString);
    assertTrue(
        out.toString().matches("(?s).*\\| lora \\| 8\\.0e-03 \\| 65,536 \\|.* % \\|\n.*"),
        out::toString);
    assertEquals(1600, ImageIO.read(directory.resolve("choosing.png").toFile()).getWidth());
  }

  @Test
  void anUnknownMethodIsRefusedByName() {
    assertEquals(1, run("--methods lora,lola --output " + directory));
    assertTrue(err.toString().contains("no method \"lola\"; there are [lora, "), err::toString);
  }
}
