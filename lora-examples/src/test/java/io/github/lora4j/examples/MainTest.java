// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return command.execute(args);
  }

  @Test
  void helpListsWhatAUserRunsAndHidesWhatOnlyMakesTheBundle() {
    assertEquals(0, run("--help"));
    for (String command :
        new String[] {
          "quickstart",
          "lisa",
          "adalora",
          "multi-train",
          "finetune",
          "generate",
          "serve",
          "merge",
          "block-bert",
          "block-conv",
          "verify",
          "benchmark"
        }) {
      assertTrue(out.toString().contains(command), command);
    }
    assertFalse(out.toString().contains("pretrain"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "quickstart --rank many",
        "quickstart --nonsense",
        "lisa --active-layers some",
        "adalora --target-rank",
        "multi-train --records few",
        "finetune --model m --data d",
        "finetune --model m --data d --output o --checkpointing half",
        "finetune --model m --data d --output o --checkpointing 0",
        "finetune --model m --data d --output o --template nonsense",
        "generate --model m",
        "serve --port many",
        "merge --model m --output o"
      })
  void aWrongCommandLineExitsWithTwoAndSaysHow(String line) {
    assertEquals(2, run(line.isEmpty() ? new String[0] : line.split(" ")));
    assertTrue(err.toString().matches("(?s).*(Usage:|Did you mean).*"), err.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "generate --model %s --prompt x",
        "serve --model %s",
        "serve --api-keys %s",
        "generate --model %s --adapter a --prompt x --temperature 0.7 --top-k 5 --seed 1",
        "merge --model %s --adapter a --output o",
        "finetune --model %s --data d --output %s/out --checkpointing sqrt --template alpaca"
            + " --schedule linear --target-modules all-linear",
        "finetune --model %s --data d --output %s/out --rank 0",
        "generate --model %s --prompt x --top-p 2 --temperature 1",
        "lisa --output %s/out --active-layers 0",
        "adalora --output %s/out --held-out 0",
        "multi-train --output %s/out --records 0"
      })
  void badInputExitsWithOneAndOneLine(String line, @TempDir Path directory) {
    assertEquals(1, run(line.replace("%s", directory.toString()).split(" ")));
    String said = err.toString().strip();
    assertTrue(said.startsWith("error: "), said);
    assertEquals(1, said.lines().count(), said);
    assertFalse(Files.exists(directory.resolve("out")));
  }

  @Test
  void debugShowsWhereTheErrorComesFrom(@TempDir Path directory) {
    assertEquals(1, run("generate", "--debug", "--model", directory.toString(), "--prompt", "x"));
    assertTrue(err.toString().contains("\tat io.github.lora4j"), err.toString());
  }
}
