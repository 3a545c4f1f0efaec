// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.LoraServerBuilder;
import io.github.lora4j.serve.Prompt;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServerListener;
import io.github.lora4j.serve.ServerStatistics;
import io.github.lora4j.serve.ServerStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** What clients ask of a server in one measurement, and how long it takes. */
final class ServeLoad implements ServerListener {
  private final List<Double> firstTokens = Collections.synchronizedList(new ArrayList<>());
  private final List<Double> intervals = Collections.synchronizedList(new ArrayList<>());
  private final List<Double> sequences = Collections.synchronizedList(new ArrayList<>());

  /**
   * The requests of a measurement.
   *
   * @param count how many
   * @param prompt tokens of a prompt
   * @param newTokens tokens that are generated for each
   * @param vocabulary tokens to choose from
   * @param rate requests a second, at random intervals; 0 for all at once
   */
  record Requests(int count, int prompt, int newTokens, int vocabulary, double rate) {}

  /**
   * What came of it.
   *
   * @param tokensPerSecond new tokens of all requests over the whole time
   * @param firstTokens seconds from each request to its first token
   * @param intervals seconds between tokens of one request
   * @param sequences requests in each step
   * @param statistics the server's own
   */
  record Outcome(
      double tokensPerSecond,
      List<Double> firstTokens,
      List<Double> intervals,
      List<Double> sequences,
      ServerStatistics statistics) {}

  /**
   * Serves requests.
   *
   * @param builder the server's settings; its listener is set here
   * @param requests what to ask
   * @param adapters chooses the adapter of each request
   * @return what was measured
   */
  static Outcome run(LoraServerBuilder builder, Requests requests, PowerLaw adapters) {
    ServeLoad load = new ServeLoad();
    try (LoraServer server = builder.listener(load).start()) {
      long begin = System.nanoTime();
      List<ServedGeneration> answers = submit(server, requests, adapters);
      answers.forEach(answer -> answer.result().join());
      double seconds = (System.nanoTime() - begin) / 1e9;
      return new Outcome(
          (double) requests.count() * requests.newTokens() / seconds,
          List.copyOf(load.firstTokens),
          List.copyOf(load.intervals),
          List.copyOf(load.sequences),
          server.statistics());
    }
  }

  private static List<ServedGeneration> submit(
      LoraServer server, Requests requests, PowerLaw adapters) {
    Random random = new Random(3);
    List<ServedGeneration> answers = new ArrayList<>();
    for (int i = 0; i < requests.count(); i++) {
      int[] prompt = random.ints(requests.prompt(), 0, requests.vocabulary()).toArray();
      answers.add(
          server.submit(
              GenerationRequest.builder(Prompt.tokens(prompt))
                  .adapter(AdapterFarm.name(adapters.next()))
                  .config(config(requests.newTokens()))
                  .build()));
      if (requests.rate() > 0) {
        double pause = -Math.log(1 - random.nextDouble()) / requests.rate();
        LockSupport.parkNanos((long) (1e9 * pause));
      }
    }
    return answers;
  }

  /** Greedy, and of exactly this length. */
  static GenerationConfig config(int newTokens) {
    return GenerationConfig.builder().maxNewTokens(newTokens).ignoreEndOfSequence(true).build();
  }

  @Override
  public void firstToken(Optional<String> adapter, Duration sinceSubmission) {
    firstTokens.add(sinceSubmission.toNanos() / 1e9);
  }

  @Override
  public void nextToken(Optional<String> adapter, Duration interval) {
    intervals.add(interval.toNanos() / 1e9);
  }

  @Override
  public void stepped(ServerStep step) {
    sequences.add((double) step.sequences());
  }
}
