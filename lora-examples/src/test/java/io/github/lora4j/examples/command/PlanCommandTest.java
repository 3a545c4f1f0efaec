// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlanCommandTest {
  @TempDir private static Path directory;

  private final StringWriter out = new StringWriter();

  @BeforeAll
  static void write() throws Exception {
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "llama", "vocab_size": 32000, "hidden_size": 4096,
         "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32}""");
  }

  private int run(String options) {
    String config = "--config " + directory.resolve("config.json");
    return new CommandLine(new PlanCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(out, true))
        .execute((config + " " + options).split(" "));
  }

  @Test
  void whatFitsExitsWith0() {
    int exit =
        run(
            "--quantization nf4-double --rank 16 --target-modules all-linear --seq 64 --batch 1"
                + " --checkpointing layer --limit 8GiB");
    assertEquals(0, exit, out::toString);
    assertTrue(out.toString().contains("limit                        8.00 GiB"), out::toString);
    assertTrue(out.toString().contains("to spare"), out::toString);
  }

  @Test
  void whatDoesNotFitExitsWith1AndSaysWhatToDo() {
    assertEquals(1, run("--limit 24GiB"), out::toString);
    assertTrue(out.toString().contains("quantize the base to nf4-double: saves"), out::toString);
  }

  @Test
  void thePartOfThePagedStateThatLiesOnDiskIsShown() {
    int exit =
        run(
            "--target-modules all-linear --rank 64 --optimizer paged-adamw --resident 256MiB"
                + " --limit 1T");
    assertEquals(0, exit, out::toString);
    assertTrue(out.toString().contains("optimizer state             256.0 MiB"), out::toString);
    assertTrue(out.toString().contains("optimizer state on disk      1.1"), out::toString);
  }

  @Test
  void oneModelMustBeNamed() {
    int exit =
        new CommandLine(new PlanCommand()).setErr(new PrintWriter(out, true)).execute("--seq", "8");
    assertEquals(CommandLine.ExitCode.USAGE, exit, out::toString);
  }
}
