// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.paged.AdapterSheet;
import io.github.lora4j.djl.paged.PagedDecoder;
import io.github.lora4j.djl.paged.PrefixCache;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServerOptions;
import io.github.lora4j.serve.ServerStatistics;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server over a paged decoder; what users call may be called on any thread. */
public final class BatchingServer implements LoraServer {
  private static final AtomicInteger STARTED = new AtomicInteger();

  private final ServerOptions options;
  private final LlmTokenizer tokenizer;
  private final PagedDecoder decoder;
  private final AdapterCatalog catalog;
  private final RequestReader reader;
  private final RequestQueues queues;
  private final ServerCounters counters = new ServerCounters();
  private final ServerEvents events;
  private final ServerGauges gauges;
  private final ServerLoop loop;
  private final Thread thread;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  private BatchingServer(
      PagedDecoder decoder, LlmTokenizer tokenizer, ServerOptions options, Runnable onEnd) {
    this.options = options;
    this.tokenizer = tokenizer;
    this.decoder = decoder;
    String name = "lora4j-serve-" + STARTED.incrementAndGet();
    catalog = new AdapterCatalog(options.adapters());
    queues = new RequestQueues(options.maxQueued(), options.maxQueuedPerAdapter());
    reader = new RequestReader(decoder, tokenizer, catalog, queues::signal);
    events = new ServerEvents(counters, options.listener());
    gauges = new ServerGauges(decoder);
    SharedPrefixes prefixes =
        options.prefixSharing()
            ? SharedPrefixes.through(new PrefixCache(decoder.pool()))
            : SharedPrefixes.none();
    AdapterCache cache = new AdapterCache(decoder.adapters(), events, prefixes::forget);
    AdapterLoader loader = new AdapterLoader(decoder.adapters(), name + "-loader", queues::signal);
    AdapterArrivals arrivals = new AdapterArrivals(cache, loader, decoder.pool(), events);
    RunningBatch batch = new RunningBatch(decoder.pool(), cache, prefixes, events);
    Outcomes outcomes = new Outcomes(events);
    loop =
        new ServerLoop(
            queues,
            batch,
            cache,
            arrivals,
            new Admission(queues, batch, arrivals, outcomes, events, options.maxSequences()),
            new StepComposer(
                batch, arrivals, outcomes, options.maxBatchTokens(), options.prefillChunk()),
            new StepRunner(decoder, queues, batch, outcomes, events),
            outcomes,
            events,
            gauges);
    thread =
        new Thread(
            () -> {
              try (PagedDecoder owned = decoder;
                  AdapterCache resident = cache;
                  AdapterArrivals coming = arrivals) {
                loop.run();
              } finally {
                onEnd.run();
                ended.complete(null);
              }
            },
            name);
    thread.setDaemon(true);
  }

  /**
   * Starts a server.
   *
   * @param decoder takes the steps; closed with the server
   * @param tokenizer of the base; not closed
   * @param options how to serve
   * @param onEnd runs when the server has closed everything else
   * @return the server, at work
   */
  public static BatchingServer start(
      PagedDecoder decoder, LlmTokenizer tokenizer, ServerOptions options, Runnable onEnd) {
    BatchingServer server = new BatchingServer(decoder, tokenizer, options, onEnd);
    server.thread.start();
    return server;
  }

  @Override
  public ServedGeneration submit(GenerationRequest request) {
    ServedSequence sequence = reader.read(request);
    try {
      queues.add(sequence);
    } catch (RequestRejectedException e) {
      events.tell(listener -> listener.rejected(request.adapter(), e.reason()));
      throw e;
    }
    events.tell(listener -> listener.queued(request.adapter()));
    return sequence.answer();
  }

  @Override
  public List<String> adapters() {
    return catalog.names();
  }

  @Override
  public void addAdapter(String name, Path directory) {
    AdapterSheet unused = decoder.adapters().inspect(name, directory);
    catalog.add(name, directory);
  }

  @Override
  public void removeAdapter(String name) {
    queues.retire(catalog.remove(name).key());
  }

  @Override
  public ServerStatistics statistics() {
    return counters.statistics(queues.size(), catalog.names().size(), gauges);
  }

  @Override
  public LlmTokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public void close() {
    loop.close(options.drainTimeout());
    if (Thread.currentThread() == thread) {
      return;
    }
    // Not interruptible: every request has an outcome when this returns.
    ended.join();
  }
}
