// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.quickstart.Bundle;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandsTest {
  @TempDir private static Path directory;

  @BeforeAll
  static void unpack() {
    Bundle.copyTo(directory);
  }

  private static String run(Object command, String... args) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertEquals(
          0, new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static String at(String name) {
    return directory.resolve(name).toString();
  }

  @Test
  void anAdapterIsTrainedMergedAndAnswersLikeTheMergedModel() {
    String trained =
        run(
            new FineTuneCommand(),
            ("--model " + at(Bundle.MODEL))
                .concat(" --data " + at(Bundle.TRAINING))
                .concat(" --output " + at("adapter"))
                .concat(" --max-steps 4 --batch-size 2 --gradient-accumulation 2 --rank 4")
                .concat(" --target-modules all-linear --learning-rate 2e-3 --checkpointing layer")
                .split(" "));
    assertTrue(trained.contains("4 steps"), trained);
    assertTrue(Files.isRegularFile(directory.resolve("adapter/adapter_config.json")));
    run(
        new MergeCommand(),
        "--model",
        at(Bundle.MODEL),
        "--adapter",
        at("adapter"),
        "--output",
        at("merged"));
    String prompt = "Write this order as JSON.";
    String input = "Tom would like two blue cups, please.";
    assertEquals(
        generate(prompt, "--input", input, "--model", at(Bundle.MODEL), "--adapter", at("adapter")),
        generate(prompt + "\n" + input, "--model", at("merged")));
  }

  @Test
  void anAdapterIsTrainedOnFourBitsAndMergedIntoTheOriginal() {
    String trained =
        run(
            new FineTuneCommand(),
            ("--model " + at(Bundle.MODEL))
                .concat(" --data " + at(Bundle.TRAINING))
                .concat(" --output " + at("qlora"))
                .concat(" --max-steps 2 --batch-size 2 --rank 4 --quantization nf4-double")
                .split(" "));
    assertTrue(trained.contains("2 steps"), trained);
    String merged =
        run(
            new MergeCommand(),
            ("--model " + at(Bundle.MODEL) + " --quantization nf4-double --base ")
                .concat(at(Bundle.MODEL) + " --adapter " + at("qlora"))
                .concat(" --output " + at("qlora-merged"))
                .split(" "));
    assertTrue(merged.contains("weights merged, rounding error at most"), merged);
    assertTrue(
        generate("Hello.", "--model", at("qlora-merged"), "--quantization", "nf4").length() > 0);
  }

  @Test
  void aQuantizationThatIsNoneIsRefused() {
    CommandLine command = new CommandLine(new GenerateCommand());
    command.setErr(new PrintWriter(new StringWriter()));
    assertEquals(2, command.execute("--model", "m", "--prompt", "p", "--quantization", "nf5"));
  }

  @Test
  void theBaseAnswersAndStops() {
    assertEquals(
        "Paris", generate("What is the capital of France?", "--model", at(Bundle.MODEL)).strip());
  }

  @Test
  void sampledAnswersRepeatWithTheirSeed() {
    String[] sampling = {
      "--model", at(Bundle.MODEL), "--temperature", "2", "--top-k", "50", "--seed", "7"
    };
    assertEquals(generate("Repeat the words.", sampling), generate("Repeat the words.", sampling));
  }

  private static String generate(String prompt, String... more) {
    String[] args =
        Stream.concat(
                Stream.of(
                    "--prompt", prompt, "--template", "human-assistant", "--max-new-tokens", "12"),
                Arrays.stream(more))
            .toArray(String[]::new);
    return run(new GenerateCommand(), args);
  }
}
