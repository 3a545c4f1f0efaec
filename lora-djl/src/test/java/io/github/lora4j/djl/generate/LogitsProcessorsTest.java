// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The distribution sampled from is that of transformers, the order of its processors included. */
final class LogitsProcessorsTest {
  private record Case(
      String name,
      Map<String, Double> settings,
      List<String> processors,
      int[] prompt,
      int[] generated,
      @SerializedName("end_of_sequence") List<Integer> endOfSequence,
      float[] logits,
      double[] probabilities) {
    @Override
    public String toString() {
      return name;
    }
  }

  private record Golden(List<Case> cases) {}

  static Stream<Case> cases() throws IOException {
    Path file = Path.of("src/test/resources/generate/logits_processors.json");
    return new Gson().fromJson(Files.readString(file), Golden.class).cases().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void probabilitiesEqualThoseOfTransformers(Case golden) {
    float[] logits = golden.logits().clone();
    TokenHistory history = new TokenHistory(golden.prompt());
    Arrays.stream(golden.generated()).forEach(history::add);

    List<LogitsProcessor> processors =
        TokenSampler.processors(config(golden), Set.copyOf(golden.endOfSequence()));
    processors.forEach(processor -> processor.process(logits, history));

    assertArrayEquals(golden.probabilities(), softmax(logits), 1e-7);
  }

  @Test
  void everyProcessorOfTheGoldenDataIsUsed() throws IOException {
    Set<String> used =
        cases().flatMap(golden -> golden.processors().stream()).collect(Collectors.toSet());
    assertEquals(6, used.size(), used.toString());
  }

  private static GenerationConfig config(Case golden) {
    GenerationConfigBuilder builder = GenerationConfig.builder().temperature(1);
    golden.settings().forEach((name, value) -> set(builder, name, value));
    return builder.build();
  }

  private static void set(GenerationConfigBuilder builder, String name, double value) {
    switch (name) {
      case "temperature" -> builder.temperature((float) value);
      case "top_k" -> builder.topK((int) value);
      case "top_p" -> builder.topP((float) value);
      case "min_p" -> builder.minP((float) value);
      case "repetition_penalty" -> builder.repetitionPenalty((float) value);
      case "min_new_tokens" -> builder.minNewTokens((int) value);
      default -> throw new IllegalArgumentException(name);
    }
  }

  private static double[] softmax(float[] logits) {
    double max = Logits.max(logits);
    double sum = Logits.sumOfExponentials(logits);
    double[] probabilities = new double[logits.length];
    Arrays.setAll(probabilities, id -> Math.exp(logits[id] - max) / sum);
    return probabilities;
  }
}
