// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.AdapterException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.Prompt;
import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServerStatistics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A server without a model: each answer is the name of its adapter and the prompt, forever. */
final class EchoServer implements LoraServer {
  private final LlmTokenizer tokenizer = new CharTokenizer();
  private final ConcurrentSkipListSet<String> adapters;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<EchoGeneration> running = new ConcurrentLinkedQueue<>();
  final AtomicInteger cancelled = new AtomicInteger();
  final Queue<GenerationRequest> requests = new ConcurrentLinkedQueue<>();
  volatile Duration pace = Duration.ZERO;
  volatile boolean full;
  private volatile boolean closed;

  EchoServer(String... adapters) {
    this.adapters = new ConcurrentSkipListSet<>(List.of(adapters));
  }

  @Override
  public ServedGeneration submit(GenerationRequest request) {
    if (closed) {
      throw new RequestRejectedException(RequestRejectedException.Reason.CLOSED, "closed");
    }
    if (full) {
      throw new RequestRejectedException(RequestRejectedException.Reason.QUEUE_FULL, "full");
    }
    requests.add(request);
    String prompt =
        tokenizer.decode(
            ((Prompt.Tokens) request.prompt()).ids().stream().mapToInt(i -> i).toArray(), true);
    EchoGeneration generation =
        new EchoGeneration(this, request, prompt, request.adapter().orElse("base") + "|" + prompt);
    running.add(generation);
    threads.execute(generation::run);
    return generation;
  }

  /** Waits until every answer has ended. */
  void awaitQuiet() {
    running.forEach(EchoGeneration::awaitEnd);
  }

  @Override
  public List<String> adapters() {
    return List.copyOf(adapters);
  }

  @Override
  public void addAdapter(String name, Path directory) {
    if (!Files.exists(directory.resolve("adapter_config.json"))) {
      throw new AdapterException(directory + ": no adapter_config.json");
    }
    adapters.add(name);
  }

  @Override
  public void removeAdapter(String name) {
    adapters.remove(name);
  }

  @Override
  public ServerStatistics statistics() {
    throw new UnsupportedOperationException("nothing here asks for them");
  }

  @Override
  public LlmTokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public void close() {
    closed = true;
    running.forEach(EchoGeneration::cancel);
    awaitQuiet();
    threads.shutdown();
  }
}
