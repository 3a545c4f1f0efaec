// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.benchmark.ServeLoad.Outcome;
import io.github.lora4j.serve.AdapterSource;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.LoraServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What serving many adapters costs (S-LoRA): the same requests under one adapter and under many, of
 * which the pool holds some, and one request at a time on a model that switches adapters.
 */
@Command(
    name = "serve",
    description = "Time a server under one adapter and under many.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ServeBenchmark implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ShapeOptions shape = new ShapeOptions();

  @Option(
      names = "--adapters",
      defaultValue = "1,100,1000",
      split = ",",
      description = "How many adapters there are, one measurement for each number.")
  private List<Integer> adapters = List.of();

  @Option(
      names = "--pool-adapters",
      defaultValue = "50",
      description = "For how many adapters the pool has room, beside keys and values.")
  private int poolAdapters;

  @Option(names = "--requests", defaultValue = "256", description = "Requests of a measurement.")
  private int requests;

  @Option(names = "--sequences", defaultValue = "32", description = "Most requests at once.")
  private int sequences;

  @Option(names = "--prompt", defaultValue = "32", description = "Tokens of a prompt.")
  private int prompt;

  @Option(names = "--new", defaultValue = "32", description = "New tokens of a request.")
  private int newTokens;

  @Option(
      names = "--alpha",
      defaultValue = "1",
      description = "How uneven the adapters are asked for; 0 is even.")
  private double alpha;

  @Option(
      names = "--rate",
      defaultValue = "0",
      description = "Requests a second; 0 for all at once.")
  private double rate;

  @Option(
      names = "--alone",
      defaultValue = "16",
      description = "Requests that are also decoded one at a time.")
  private int alone;

  private ServeBenchmark() {}

  @Override
  public Integer call() throws IOException {
    for (int count : adapters) {
      ShapeOptions.requirePositive("--adapters", count);
    }
    ShapeOptions.requirePositive("--pool-adapters", poolAdapters);
    ShapeOptions.requirePositive("--requests", requests);
    ShapeOptions.requirePositive("--sequences", sequences);
    ShapeOptions.requirePositive("--prompt", prompt);
    ShapeOptions.requirePositive("--new", newTokens);
    ShapeOptions.requirePositive("--alone", alone);
    LoraConfig config = shape.adapter();
    shape.rank = 0;
    try (BenchmarkModel model = BenchmarkModel.of(shape, prompt + newTokens + 1);
        AdapterFarm farm = AdapterFarm.create(model.model(), config)) {
      measure(model.model(), farm);
    }
    return 0;
  }

  private void measure(CausalLm base, AdapterFarm farm) throws IOException {
    Figures figures = new Figures(spec.commandLine().getOut());
    Path one = farm.plant(1);
    serve(base, farm, one, 1, Math.min(requests, 2 * sequences));
    double unserved = alone(base, one);
    figures.print("alone_tokens_per_second", unserved, "tokens/s, one request at a time");
    List<Double> rates = new ArrayList<>();
    for (int count : adapters) {
      Outcome outcome = serve(base, farm, count == 1 ? one : farm.plant(count), count, requests);
      rates.add(outcome.tokensPerSecond());
      figures.print("adapters", count, "that requests may name");
      report(figures, outcome);
      figures.print("of_alone", outcome.tokensPerSecond() / unserved, "times one at a time");
      figures.print(
          "of_first", outcome.tokensPerSecond() / rates.get(0), "of the first measurement");
    }
    figures.print("peak_resident_mib", PeakMemory.mebibytes(), "MiB");
  }

  private Outcome serve(CausalLm base, AdapterFarm farm, Path directory, int count, int number)
      throws IOException {
    LoraServerBuilder builder =
        LoraServer.builder(base)
            .adapters(AdapterSource.directory(directory))
            .poolBytes(poolAdapters * farm.meanBytes() + sequences * sequenceBytes())
            .maxSequences(sequences)
            .maxBatchTokens(Math.max(256, 2 * sequences))
            .maxQueued(number)
            .maxQueuedPerAdapter(number);
    return ServeLoad.run(
        builder,
        new ServeLoad.Requests(number, prompt, newTokens, shape.vocabulary(), rate),
        new PowerLaw(count, alpha, 7));
  }

  /** Keys and values of one request, in whole pages and one to grow. */
  private long sequenceBytes() {
    long tokens = prompt + newTokens + 32L;
    return tokens * 2 * shape.keyValueFloats() * Float.BYTES;
  }

  /** The adapters are in memory already; only switching and decoding counts. */
  private double alone(CausalLm base, Path directory) {
    Random random = new Random(3);
    try (LoraModel model = LoraModel.load(base, directory.resolve(AdapterFarm.name(0)))) {
      model.loadAdapter("other", directory.resolve(AdapterFarm.name(0)));
      List<Double> seconds = new ArrayList<>();
      for (int i = 0; i < alone; i++) {
        int[] tokens = random.ints(prompt, 0, shape.vocabulary()).toArray();
        long begin = System.nanoTime();
        model.setActiveAdapter(i % 2 == 0 ? LoraModel.DEFAULT_ADAPTER : "other");
        model.generateTokens(List.of(tokens), ServeLoad.config(newTokens));
        seconds.add((System.nanoTime() - begin) / 1e9);
      }
      return newTokens / Samples.median(seconds);
    }
  }

  private static void report(Figures figures, Outcome outcome) {
    figures.print("tokens_per_second", outcome.tokensPerSecond(), "tokens/s");
    List<Double> first = outcome.firstTokens();
    figures.print("first_token_p50_ms", 1e3 * Samples.percentile(first, 50), "ms");
    figures.print("first_token_p99_ms", 1e3 * Samples.percentile(first, 99), "ms");
    List<Double> between = outcome.intervals();
    figures.print("between_tokens_p50_ms", 1e3 * Samples.percentile(between, 50), "ms");
    figures.print("between_tokens_p99_ms", 1e3 * Samples.percentile(between, 99), "ms");
    figures.print("sequences_a_step", Samples.median(outcome.sequences()), "requests (median)");
    figures.print("adapter_hits", (double) outcome.statistics().adapters().hits(), "requests");
    figures.print("adapter_misses", (double) outcome.statistics().adapters().misses(), "requests");
    figures.print(
        "adapter_evictions", (double) outcome.statistics().adapters().evictions(), "adapters");
    figures.print(
        "preemptions", (double) outcome.statistics().requests().preemptions(), "requests");
  }
}
