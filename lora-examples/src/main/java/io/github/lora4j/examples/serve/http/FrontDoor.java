// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Takes each request from its arrival to the action that answers it. Runs on the event loop. */
final class FrontDoor implements Handler<HttpServerRequest> {
  private final Vertx vertx;
  private final HttpLimits limits;
  private final Reception reception;
  private final Connections connections;
  private final Workers workers;
  private final Body body;
  private final HttpMeters meters;
  private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();

  FrontDoor(
      Vertx vertx,
      HttpLimits limits,
      Reception reception,
      Connections connections,
      Workers workers,
      HttpMeters meters) {
    this.vertx = vertx;
    this.limits = limits;
    this.reception = reception;
    this.connections = connections;
    this.workers = workers;
    this.meters = meters;
    body = new Body(vertx, limits);
  }

  @Override
  public void handle(HttpServerRequest request) {
    Exchange exchange = open(request);
    try {
      Route route = reception.admit(exchange);
      exchange.atEnd(() -> meters.count(route, exchange));
      if (route.hasBody()) {
        body.read(exchange, text -> workers.run(() -> act(route, exchange, text)));
      } else {
        act(route, exchange, "");
      }
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }

  int running() {
    return exchanges.size();
  }

  private Exchange open(HttpServerRequest request) {
    Exchange exchange = new Exchange(request, vertx.getOrCreateContext(), limits.writeTime());
    exchanges.add(exchange);
    connections.busy(request.connection());
    exchange.atEnd(
        () -> {
          exchanges.remove(exchange);
          connections.idle(request.connection());
        });
    return exchange;
  }

  private static void act(Route route, Exchange exchange, String text) {
    try {
      route.action().handle(exchange, text);
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }
}
