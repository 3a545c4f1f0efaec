// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.TensorEntry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class VerifyTest {
  private static final Path GOLDEN = Path.of("../lora-djl/src/test/resources/golden/models");
  private static final String MODEL = GOLDEN.resolve("llama").toString();
  private static final String INPUTS = MODEL + "/io.safetensors";
  private static final String ADAPTER = MODEL + "/adapters/default";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int verify(String... options) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return command.execute(
        Stream.concat(Stream.of("verify", "--model", MODEL), Stream.of(options))
            .toArray(String[]::new));
  }

  private List<String> lines() {
    return out.toString().lines().toList();
  }

  /** The reference with one tensor more, made by {@code extra}. */
  private static String copyWith(Path directory, Path reference, String name, float... values) {
    Path copy = directory.resolve("reference.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(reference);
        NDManager manager = NDManager.newBaseManager();
        NDArray array = manager.create(values)) {
      List<TensorEntry> entries = new ArrayList<>();
      for (String kept : file.names()) {
        if (!kept.equals(name)) {
          entries.add(TensorEntry.of(file.tensor(kept)));
        }
      }
      entries.add(TensorEntry.of(name, array));
      SafetensorsWriter.write(copy, entries);
    }
    return copy.toString();
  }

  @Test
  void theBaseModelAgreesAndTheReferenceBringsTheInputs() {
    assertEquals(0, verify("--reference", INPUTS), err::toString);
    assertEquals(
        List.of("generated", "logits", "loss", "PARITY"),
        lines().stream().map(line -> line.split(" ")[0]).toList());
    assertEquals("PARITY OK", lines().get(3));
    assertTrue(lines().get(1).matches("logits max_abs_diff \\d\\.\\d+(e-\\d+)?"), lines().get(1));
  }

  @Test
  void aBaseInFourBitsAgreesWithBitsandbytes() {
    String qlora = GOLDEN.resolveSibling("qlora").resolve("llama").toString();
    assertEquals(
        0,
        verify(
            "--quantization",
            "nf4-double",
            "--adapter",
            qlora + "/adapter",
            "--inputs",
            INPUTS,
            "--reference",
            qlora + "/io.safetensors"),
        () -> out.toString() + err);
    assertEquals("PARITY OK", lines().get(lines().size() - 1));
  }

  @Test
  void anAdapterAgreesInAllThatPeftComputedOfIt() {
    String reference = ADAPTER + "/io.safetensors";
    assertEquals(
        0,
        verify("--adapter", ADAPTER, "--inputs", INPUTS, "--reference", reference),
        () -> out.toString() + err);
    try (SafetensorsFile file = SafetensorsFile.open(Path.of(reference))) {
      assertEquals(file.names().size() + 1, lines().size());
    }
  }

  @Test
  void anotherLearningRateThanTheReferencesFails() {
    assertEquals(
        1,
        verify(
            "--adapter",
            ADAPTER,
            "--inputs",
            INPUTS,
            "--learning-rate",
            "0.02",
            "--reference",
            ADAPTER + "/io.safetensors"));
    assertEquals("PARITY FAILED", lines().get(lines().size() - 1));
  }

  @Test
  void oneToleranceHoldsForAllFloats() {
    assertEquals(1, verify("--reference", INPUTS, "--tolerance", "1e-12"));
    assertTrue(lines().get(1).endsWith("(allowed is 1.00e-12)"), lines().get(1));
    assertEquals("generated max_abs_diff 0.00", lines().get(0));
  }

  @Test
  void aTamperedTensorFails(@TempDir Path directory) {
    String tampered = copyWith(directory, Path.of(INPUTS), "loss", 4.5f);
    assertEquals(1, verify("--reference", tampered, "--tolerance", "0.01"));
    assertTrue(out.toString().contains("(allowed is 0.0100)"), out.toString());
    assertTrue(out.toString().endsWith("PARITY FAILED\n"), out.toString());
  }

  @Test
  void aTensorThatNothingComputesIsNamedAndFails(@TempDir Path directory) {
    String extended = copyWith(directory, Path.of(INPUTS), "hidden_states", 1f, 2f);
    assertEquals(1, verify("--reference", extended, "--tolerance", "100"));
    assertTrue(
        out.toString().contains("hidden_states max_abs_diff NaN (no quantity"), out.toString());
    assertTrue(out.toString().endsWith("PARITY FAILED\n"), out.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--reference %s/missing.safetensors",
        "--reference %s/damaged.safetensors",
        "--reference " + ADAPTER_REFERENCE,
        "--reference %s/missing.safetensors --inputs " + ADAPTER_REFERENCE,
        "--adapter %s --inputs %i --reference %i",
        "--model %s --reference %i",
        "--tolerance -1 --reference %i",
        "--learning-rate NaN --reference %i"
      })
  void badFilesAndNumbersExitWithOneAndOneLine(String options, @TempDir Path directory)
      throws Exception {
    Files.writeString(directory.resolve("damaged.safetensors"), "no safetensors");
    String line = options.replace("%s", directory.toString()).replace("%i", INPUTS);
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    String model = line.contains("--model") ? "" : "--model " + MODEL + " ";
    assertEquals(1, command.execute(("verify " + model + line).split(" ")));
    assertEquals(1, err.toString().lines().count(), err.toString());
    assertEquals("", out.toString());
  }

  private static final String ADAPTER_REFERENCE =
      "../lora-djl/src/test/resources/golden/models/llama/adapters/default/io.safetensors";
}
