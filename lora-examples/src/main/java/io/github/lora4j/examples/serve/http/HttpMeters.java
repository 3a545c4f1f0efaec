// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.function.IntSupplier;

/** Counts and times requests. */
final class HttpMeters {
  private final MeterRegistry registry;

  HttpMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Tells how many connections there are. */
  void connections(IntSupplier count) {
    Gauge.builder("lora4j.http.connections", count::getAsInt)
        .description("Open connections")
        .strongReference(true)
        .register(registry);
  }

  /** An exchange has ended. */
  void count(Route route, Exchange exchange) {
    Timer.builder("lora4j.http.requests")
        .description("Requests from their arrival to the end of their answers")
        .tag("path", route.path())
        .tag("status", exchange.status())
        .register(registry)
        .record(exchange.age());
  }
}
