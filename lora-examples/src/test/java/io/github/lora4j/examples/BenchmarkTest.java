// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class BenchmarkTest {
  private static final String SMALL =
      " --hidden 32 --layers 2 --heads 4 --kv-heads 2 --intermediate 48 --vocab 64 --rank 2";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String line) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return command.execute(("benchmark " + line).split(" "));
  }

  /** The figures that were printed, each {@code key value unit}. */
  private Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (String line : out.toString().lines().toList()) {
      String[] words = line.trim().split("\\s+", 3);
      assertEquals(3, words.length, line);
      figures.put(words[0], Double.parseDouble(words[1]));
    }
    return figures;
  }

  @Test
  void servePrintsItsFigures() {
    String options = "serve --adapters 1,9 --pool-adapters 3 --requests 20 --new 6 --alone 2";
    assertEquals(0, run(options + SMALL), err::toString);
    Map<String, Double> figures = figures();
    assertEquals(9, figures.get("adapters"));
    assertEquals(20, figures.get("adapter_hits") + figures.get("adapter_misses"));
    for (String key : List.of("tokens_per_second", "of_alone", "of_first", "first_token_p99_ms")) {
      assertTrue(figures.get(key) > 0, key);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " --checkpointing layer",
        " --checkpointing 2",
        " --lengths 9,3,3",
        " --quantization nf4-double"
      })
  void trainPrintsItsFigures(String options) {
    assertEquals(0, run("train --seq 8 --batch 2 --steps 2" + SMALL + options), err::toString);
    Map<String, Double> figures = figures();
    List<String> keys =
        List.of(
            "step_seconds",
            "tokens_per_second",
            "peak_resident_mib",
            "planned_mib",
            "matmul_gflops",
            "step_gflop",
            "efficiency");
    assertTrue(figures.keySet().containsAll(keys), out::toString);
    figures.forEach((key, value) -> assertTrue(value >= 0, key));
    assertTrue(figures.get("tokens_per_second") > 0 && figures.get("peak_resident_mib") > 0);
  }

  @Test
  void multiPrintsItsFigures() {
    assertEquals(0, run("multi --jobs 3 --seq 8 --steps 3 --rounds 1" + SMALL), err::toString);
    Map<String, Double> figures = figures();
    assertEquals(
        List.of(
            "alone_tokens_per_second",
            "fused_tokens_per_second",
            "speedup",
            "speedup_processor",
            "alone_peak_resident_mib",
            "fused_peak_resident_mib"),
        List.copyOf(figures.keySet()));
    figures.forEach((key, value) -> assertTrue(value > 0, key));
  }

  @Test
  void withoutStepsTrainMeasuresMemoryAlone() {
    assertEquals(0, run("train --seq 8 --batch 1 --steps 0" + SMALL), err::toString);
    assertEquals(
        List.of("peak_resident_mib", "planned_mib", "planned_ratio"),
        List.copyOf(figures().keySet()));
  }

  @Test
  void generatePrintsItsFigures() {
    assertEquals(0, run("generate --prompt 3 --tokens 9" + SMALL), err::toString);
    Map<String, Double> figures = figures();
    List<String> keys = List.of("tokens_per_second", "bandwidth_gbs", "efficiency");
    assertTrue(figures.keySet().containsAll(keys), out::toString);
    double parameters = 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48) + 5 * 32 + 32 * 64;
    double factors = 2 * 2 * (2 * 64 + 2 * 48 + 3 * 80);
    assertEquals(4e-6 * (parameters + factors), figures.get("token_megabytes"), 5e-4);
    assertTrue(figures.get("bandwidth_gbs") > 0 && figures.get("tokens_per_second") > 0);
  }

  @Test
  void aTokenReadsFewerBytesOfAQuantizedModel() {
    String line = "generate --prompt 3 --tokens 9" + SMALL + " --quantization nf4";
    assertEquals(0, run(line), err::toString);
    double base = 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48);
    double rest = 2 * 2 * (2 * 64 + 2 * 48 + 3 * 80) + 5 * 32 + 32 * 64;
    double tables = 14 * 16 * 4;
    assertEquals(
        1e-6 * (base * 4.5 / 8 + tables + 4 * rest), figures().get("token_megabytes"), 5e-4);
  }

  @Test
  void paddingPrintsItsFigures() {
    assertEquals(0, run("padding --long 32 --short 2 --count 3 --steps 2" + SMALL), err::toString);
    Map<String, Double> figures = figures();
    assertEquals(38, figures.get("mixed_tokens"));
    assertEquals(4, figures.get("padded_tokens_ratio"));
    assertTrue(figures.get("padding_cost") > 0);
    assertTrue(figures.get("arithmetic_cost") > 1 && figures.get("arithmetic_cost") < 38 / 32.0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train --checkpointing half",
        "train --checkpointing 0",
        "train --steps -1",
        "train --warm-up 0",
        "train --shape 8b",
        "train --seq 1",
        "train --lengths 4,0",
        "train --heads 0",
        "train --heads 8 --kv-heads 3",
        "train --rank 0 --hidden 16 --layers 1 --vocab 8",
        "train --targets nothing --hidden 16 --layers 1 --vocab 8",
        "generate --tokens 0",
        "padding --count 0"
      })
  void badShapesExitWithOneAndOneLine(String line) {
    assertEquals(1, run(line));
    assertEquals(1, err.toString().lines().count(), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void anUnknownQuantizationIsAnErrorOfUsage() {
    assertEquals(2, run("train --quantization nf5"));
    assertTrue(err.toString().contains("nf5"), err::toString);
  }
}
