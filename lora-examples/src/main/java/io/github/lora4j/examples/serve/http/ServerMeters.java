package io.github.lora4j.examples.serve.http;

import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.ServerStatistics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/** What a server counts itself, as meters. */
final class ServerMeters implements MeterBinder {
  private final LoraServer server;

  ServerMeters(LoraServer server) {
    this.server = server;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    bindRequests(registry);
    bindTokens(registry);
    bindPool(registry);
    bindAdapters(registry);
  }

  private void bindRequests(MeterRegistry registry) {
    now(registry, "requests.queued", "Requests that wait", s -> s.requests().queued());
    now(registry, "requests.running", "Requests that run", s -> s.requests().running());
    sum(registry, "requests.finished", "Requests with a result", s -> s.requests().finished());
    sum(registry, "requests.failed", "Requests that failed", s -> s.requests().failed());
    sum(registry, "requests.rejected", "Requests not taken", s -> s.requests().rejected());
    sum(registry, "preemptions", "Requests put back for room", s -> s.requests().preemptions());
  }

  private void bindTokens(MeterRegistry registry) {
    sum(registry, "tokens.prefilled", "Tokens of prompts computed", s -> s.tokens().prefilled());
    sum(registry, "tokens.shared", "Tokens of prompts shared", s -> s.tokens().sharedPrefix());
    sum(registry, "tokens.generated", "New tokens", s -> s.tokens().generated());
    now(registry, "tokens.rate", "New tokens a second", s -> s.tokens().perSecond());
  }

  private void bindPool(MeterRegistry registry) {
    now(registry, "pool.pages", "Pages of the pool", s -> s.pool().total());
    now(registry, "pool.pages.free", "Pages that hold nothing", s -> s.pool().free());
    now(registry, "pool.pages.kv", "Pages of keys and values in use", s -> s.pool().keyValues());
    now(registry, "pool.pages.shared", "Pages kept for prompts", s -> s.pool().shared());
    now(registry, "pool.pages.adapters", "Pages of adapters", s -> s.pool().adapters());
  }

  private void bindAdapters(MeterRegistry registry) {
    now(registry, "adapters.known", "Adapters that may be asked for", s -> s.adapters().known());
    now(registry, "adapters.resident", "Adapters in the pool", s -> s.adapters().resident());
    sum(registry, "adapters.hits", "Requests for one in the pool", s -> s.adapters().hits());
    sum(registry, "adapters.misses", "Requests that waited for one", s -> s.adapters().misses());
    sum(registry, "adapters.evictions", "Adapters that made room", s -> s.adapters().evictions());
  }

  private void now(
      MeterRegistry registry,
      String name,
      String description,
      ToDoubleFunction<ServerStatistics> value) {
    Gauge.builder("lora4j.server." + name, server, s -> value.applyAsDouble(s.statistics()))
        .description(description)
        .register(registry);
  }

  private void sum(
      MeterRegistry registry,
      String name,
      String description,
      ToDoubleFunction<ServerStatistics> value) {
    FunctionCounter.builder(
            "lora4j.server." + name, server, s -> value.applyAsDouble(s.statistics()))
        .description(description)
        .register(registry);
  }
}
