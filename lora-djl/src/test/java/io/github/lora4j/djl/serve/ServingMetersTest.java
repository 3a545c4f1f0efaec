// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import static io.github.lora4j.djl.serve.FakeServer.await;
import static io.github.lora4j.djl.serve.FakeServer.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.djl.micrometer.ServingMeters;
import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.ServedGeneration;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happened in a server is what its meters say. */
class ServingMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ServingMeters meters = new ServingMeters();

  @Test
  void metersSayWhatHappened() {
    meters.bindTo(registry);
    long generated = 0;
    try (FakeServer fake =
        new FakeServer(100, b -> b.maxSequences(2).maxQueued(10).listener(meters))) {
      fake.hold();
      List<ServedGeneration> answers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        answers.add(fake.submit(request("hello" + i, 5).adapter("a" + i % 2)));
      }
      answers.get(9).cancel();
      FakeServer.until(() -> gauge("queue.size") >= 7, "requests wait");
      assertTrue(gauge("queue.size") <= 10);
      fake.letGo();
      for (ServedGeneration answer : answers) {
        generated += await(answer).tokens().size();
      }
      assertEquals(0, gauge("queue.size"));
      fake.server.close();
      assertThrows(RequestRejectedException.class, () -> fake.submit(request("late", 1)));
    }
    assertEquals(
        generated, registry.get("lora4j.serve.tokens").tag("kind", "generated").counter().count());
    assertEquals(
        1,
        registry.get("lora4j.serve.requests.rejected").tag("reason", "CLOSED").counter().count());
    assertEquals(
        10,
        registry.find("lora4j.serve.requests.finished").counters().stream()
            .mapToDouble(c -> c.count())
            .sum());
    Timer first = registry.get("lora4j.serve.first.token").timer();
    assertEquals(9, first.count());
    assertEquals(2, first.takeSnapshot().percentileValues().length);
    assertEquals(9, registry.get("lora4j.serve.queue.time").timer().count());
    assertEquals(9, uses("hit") + uses("miss"));
    assertEquals(2, registry.get("lora4j.serve.adapter.load").timer().count());
    assertTrue(registry.get("lora4j.serve.batch.size").summary().max() <= 2);
    assertTrue(pages("free") + pages("running") + pages("shared") + pages("adapters") == 100);
  }

  private double gauge(String name) {
    return registry.get("lora4j.serve." + name).gauge().value();
  }

  private double pages(String use) {
    return registry.get("lora4j.serve.pool.pages").tag("use", use).gauge().value();
  }

  private double uses(String pool) {
    return registry.get("lora4j.serve.adapter.uses").tag("pool", pool).counter().count();
  }
}
