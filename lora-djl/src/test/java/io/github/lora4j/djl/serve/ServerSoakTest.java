// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.AdapterSource;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.GenerationRequestBuilder;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.Prompt;
import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServerStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients who do what they like, many more than there is room for, leave nothing behind. */
class ServerSoakTest {
  private static final Path LLAMA = Path.of("src/test/resources/golden/models/llama");
  private static final int CLIENTS = 32;
  private static final int ADAPTERS = 30;

  @TempDir Path root;

  @Test
  void aFewSecondsLeaveNothingBehind() throws Exception {
    soak(Duration.ofSeconds(Integer.getInteger("soak.seconds", 8)), 1);
  }

  @Test
  @Tag("heavy")
  void minutesTakeNoMoreMemoryThanSeconds() throws Exception {
    soak(Duration.ofMinutes(Integer.getInteger("soak.minutes", 10)), 1.05);
  }

  /** Twice the same server: memory is compared once the JVM has compiled what there is. */
  private void soak(Duration duration, double growth) throws Exception {
    try (CausalLm base = HuggingFaceModel.load(LLAMA)) {
      List<String> names = ServedAdapters.write(base, root, ADAPTERS);
      long arrays = ManagedArrays.count(base.getNDManager());
      try (LoraServer server =
          LoraServer.builder(base)
              .adapters(AdapterSource.directory(root))
              .pageTokens(4)
              .poolBytes(1 << 20)
              .maxSequences(CLIENTS / 10 + 1)
              .maxQueued(CLIENTS / 2)
              .start()) {
        run(server, names, duration.dividedBy(4));
        long early = residentBytes();
        ServerStatistics.Pool pool = atRest(server);
        run(server, names, duration);
        assertEquals(pool.total(), atRest(server).total());
        if (growth > 1) {
          assertTrue(residentBytes() < growth * early, "from " + early + " to " + residentBytes());
        }
      }
      assertEquals(arrays, ManagedArrays.count(base.getNDManager()), "arrays left");
    }
  }

  private void run(LoraServer server, List<String> names, Duration duration) throws Exception {
    long end = System.nanoTime() + duration.toNanos();
    Queue<ServedGeneration> taken = new ConcurrentLinkedQueue<>();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Client client = new Client(server, names, new Random(i), "own" + i, root, taken);
      running.add(
          clients.submit(
              () -> {
                while (System.nanoTime() < end) {
                  client.act();
                }
              }));
    }
    clients.shutdown();
    for (Future<?> client : running) {
      client.get(duration.toSeconds() + 60, TimeUnit.SECONDS);
    }
    for (ServedGeneration generation : taken) {
      assertHasOutcome(generation);
    }
    assertTrue(!taken.isEmpty(), "some requests were taken");
  }

  private static void assertHasOutcome(ServedGeneration generation) throws Exception {
    try {
      generation.result().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      assertTrue(e.getCause() instanceof AdapterException, () -> "found " + e.getCause());
    } catch (CancellationException e) {
      assertTrue(generation.result().isCancelled());
    } catch (TimeoutException e) {
      throw new AssertionError("no outcome of " + generation.id(), e);
    }
  }

  /** No request has pages any more; what nobody uses may be had. */
  private static ServerStatistics.Pool atRest(LoraServer server) {
    FakeServer.until(
        () -> server.statistics().requests().running() == 0, "all requests leave the batch");
    FakeServer.until(
        () -> server.statistics().pool().keyValues() == 0, "all pages of requests come back");
    return server.statistics().pool();
  }

  private static long residentBytes() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new AssertionError("no VmRSS");
  }

  /** One client and its whims. */
  private record Client(
      LoraServer server,
      List<String> names,
      Random random,
      String own,
      Path root,
      Queue<ServedGeneration> taken) {
    void act() {
      try {
        switch (random.nextInt(12)) {
          case 0 -> server.addAdapter(own, root.resolve(name()));
          case 1 -> server.removeAdapter(own);
          case 2 -> submit().cancel();
          case 3 -> submit().result().cancel(true);
          case 4, 5 -> dropStream(submit());
          default -> submit();
        }
      } catch (RequestRejectedException e) {
        Thread.onSpinWait();
      } catch (AdapterException | ConfigurationException e) {
        assertTrue(String.valueOf(e.getMessage()).contains(own), e::toString);
      }
    }

    private String name() {
      return names.get(random.nextInt(names.size()));
    }

    private static void dropStream(ServedGeneration generation) {
      try (Stream<GeneratedToken> tokens = generation.tokens()) {
        Optional<GeneratedToken> first = tokens.findFirst();
        assertTrue(first.isPresent() || generation.result().isDone());
      }
    }

    private ServedGeneration submit() {
      int[] prompt = random.ints(1 + random.nextInt(40), 4, 131).toArray();
      GenerationRequestBuilder request =
          GenerationRequest.builder(Prompt.tokens(prompt)).config(config());
      switch (random.nextInt(4)) {
        case 0 -> request.adapter(own);
        case 1, 2 -> request.adapter(name());
        default -> {}
      }
      if (random.nextInt(3) == 0) {
        request.timeLimit(Duration.ofMillis(1 + random.nextInt(200)));
      }
      if (random.nextInt(5) == 0) {
        request.topLogprobs(2);
      }
      ServedGeneration generation = server.submit(request.build());
      taken.add(generation);
      return generation;
    }

    private GenerationConfig config() {
      var config = GenerationConfig.builder().maxNewTokens(1 + random.nextInt(20));
      return random.nextBoolean() ? config.build() : config.temperature(0.8f).topK(5).build();
    }
  }
}
