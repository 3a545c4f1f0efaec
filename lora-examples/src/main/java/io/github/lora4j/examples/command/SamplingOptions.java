// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationConfigBuilder;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How the next token is chosen and when to stop, in the words of transformers. */
final class SamplingOptions {
  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description = "Most tokens to add; ${DEFAULT-VALUE} by default.")
  private int maxNewTokens;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "Sample with this temperature; greedy without it.")
  private Optional<Double> temperature = Optional.empty();

  @Option(names = "--top-k", paramLabel = "N", description = "Sample of the N likeliest tokens.")
  private Optional<Integer> topK = Optional.empty();

  @Option(
      names = "--top-p",
      paramLabel = "X",
      description = "Sample of the likeliest tokens that have this probability together.")
  private Optional<Double> topP = Optional.empty();

  @Option(
      names = "--min-p",
      paramLabel = "X",
      description = "Sample of tokens at least X times as likely as the likeliest.")
  private Optional<Double> minP = Optional.empty();

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "Above 1 makes repetition less likely.")
  private Optional<Double> repetitionPenalty = Optional.empty();

  @Option(names = "--stop", paramLabel = "TEXT", description = "Stop before this text.")
  private List<String> stop = List.of();

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the sampling.")
  private Optional<Long> seed = Optional.empty();

  GenerationConfig config() {
    GenerationConfigBuilder builder = start().maxNewTokens(maxNewTokens);
    topK.ifPresent(builder::topK);
    topP.ifPresent(value -> builder.topP(value.floatValue()));
    minP.ifPresent(value -> builder.minP(value.floatValue()));
    repetitionPenalty.ifPresent(value -> builder.repetitionPenalty(value.floatValue()));
    seed.ifPresent(builder::seed);
    return builder.stopStrings(stop.toArray(String[]::new)).build();
  }

  private GenerationConfigBuilder start() {
    return temperature.isPresent()
        ? GenerationConfig.sampling(temperature.get().floatValue()).toBuilder()
        : GenerationConfig.greedy().toBuilder();
  }
}
