// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.djl.generate.ByteTokenizer;
import io.github.lora4j.djl.paged.PagePool;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.AdapterSource;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.GenerationRequestBuilder;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.LoraServerBuilder;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServedResult;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A server over {@link FakeDecoder}; closing it checks that nothing is left behind. */
final class FakeServer implements AutoCloseable {
  static final int PAGE_TOKENS = 4;
  static final int ADAPTERS = 60;

  final PagePool pool;
  final FakeAdapters adapters;
  final FakeDecoder decoder;
  final LoraServer server;
  private final Semaphore ended = new Semaphore(0);

  /** All numbers of the builder but these are the defaults. */
  FakeServer(int pages, UnaryOperator<LoraServerBuilder> settings) {
    this(pages, settings, fake -> {});
  }

  FakeServer(int pages, UnaryOperator<LoraServerBuilder> settings, Consumer<FakeServer> before) {
    pool = new PagePool(pages, PAGE_TOKENS);
    adapters = new FakeAdapters(pool);
    decoder = new FakeDecoder(pool, adapters);
    before.accept(this);
    LoraServerBuilder builder = LoraServer.builder(noModel()).adapters(source());
    server =
        BatchingServer.start(
            decoder, new ByteTokenizer(), settings.apply(builder).options(), ended::release);
  }

  /** The builder wants one; the fake decoder needs none. */
  private static CausalLm noModel() {
    return (CausalLm)
        Proxy.newProxyInstance(
            FakeServer.class.getClassLoader(),
            new Class<?>[] {CausalLm.class},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.getName());
            });
  }

  private static AdapterSource source() {
    return AdapterSource.of(
        IntStream.range(0, ADAPTERS)
            .mapToObj(i -> "a" + i)
            .collect(Collectors.toMap(name -> name, Path::of)));
  }

  static GenerationRequestBuilder request(String prompt, int maxNewTokens) {
    return GenerationRequest.builder(prompt)
        .config(GenerationConfig.builder().maxNewTokens(maxNewTokens).build());
  }

  /** What the fake model says to a request that is alone. */
  static List<Integer> alone(GenerationRequest request, String prompt) {
    List<Integer> tokens = new ArrayList<>();
    tokens.add(ByteTokenizer.BEGIN);
    IntStream.of(ByteTokenizer.bytes(prompt)).forEach(tokens::add);
    List<Integer> answer = new ArrayList<>();
    while (answer.size() < request.config().maxNewTokens()
        && (answer.isEmpty() || answer.get(answer.size() - 1) != ByteTokenizer.END)) {
      int next = FakeDecoder.next(request.adapter().orElse(""), tokens);
      tokens.add(next);
      answer.add(next);
    }
    return answer;
  }

  ServedGeneration submit(GenerationRequestBuilder request) {
    return server.submit(request.build());
  }

  /** Lets no step be taken until permits are released. */
  void hold() {
    decoder.permits = Optional.of(new Semaphore(0));
  }

  void steps(int number) {
    decoder.permits.orElseThrow().release(number);
  }

  void letGo() {
    steps(1_000_000);
  }

  static ServedResult await(ServedGeneration generation) {
    try {
      return generation.result().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("no result of " + generation.id(), e);
    }
  }

  static Throwable failure(ServedGeneration generation) {
    try {
      throw new AssertionError(
          "expected a failure, found " + generation.result().get(20, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("no failure of " + generation.id(), e);
    }
  }

  /** Waits until something is so. */
  static void until(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "never: " + what);
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    decoder.permits.ifPresent(permits -> permits.release(1_000_000));
    server.close();
    assertTrue(decoder.closed, "the decoder is closed");
    assertTrue(ended.tryAcquire(), "the end was told");
    assertEquals(pool.pages(), pool.available(), "pages that nobody uses");
    assertEquals(0, adapters.pages(), "pages of adapters");
  }
}
