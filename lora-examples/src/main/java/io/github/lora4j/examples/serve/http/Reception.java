// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.examples.serve.tenant.Access;
import io.github.lora4j.examples.serve.tenant.ConcurrencyLimit;
import io.github.lora4j.examples.serve.tenant.Tenant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Decides whether a request is let in, and where to. Runs on the event loop. */
final class Reception {
  private static final String BEARER = "bearer ";

  private final List<Route> routes;
  private final Access access;
  private final Predicate<String> hosts;
  private final ConcurrencyLimit limit;

  Reception(List<Route> routes, Access access, Predicate<String> hosts, ConcurrencyLimit limit) {
    this.routes = List.copyOf(routes);
    this.access = access;
    this.hosts = hosts;
    this.limit = limit;
  }

  /**
   * Finds the route of a request, and whose request it is.
   *
   * @throws ApiException with status 401, 403, 404, 405 or 429
   */
  Route admit(Exchange exchange) {
    if (!hosts.test(exchange.header("Host").orElse(""))) {
      throw new ApiException(
          ApiError.forbidden("Without keys this server answers only to the name localhost"));
    }
    Route route = route(exchange);
    if (route.door() == Route.Door.KEY) {
      exchange.belongsTo(tenant(exchange));
    }
    if (route.hasBody()) {
      enter(exchange);
    }
    return route;
  }

  private Route route(Exchange exchange) {
    String path = exchange.path();
    List<Route> there = routes.stream().filter(route -> route.isAt(path)).toList();
    if (there.isEmpty()) {
      throw new ApiException(ApiError.refused(404, "There is nothing at this address"));
    }
    return there.stream()
        .filter(route -> route.method().equals(exchange.request().method()))
        .findFirst()
        .orElseThrow(() -> otherMethod(exchange, there.get(0)));
  }

  private static ApiException otherMethod(Exchange exchange, Route route) {
    exchange.putHeader("Allow", route.method().name());
    return new ApiException(
        ApiError.refused(405, "Only %s is answered at this address".formatted(route.method())));
  }

  private Tenant tenant(Exchange exchange) {
    Optional<String> key = exchange.header("Authorization").flatMap(Reception::bearer);
    return access
        .tenant(key)
        .orElseThrow(
            () -> {
              exchange.putHeader("WWW-Authenticate", "Bearer");
              return new ApiException(
                  ApiError.unauthenticated(
                      key.isPresent()
                          ? "Incorrect API key provided"
                          : "No API key provided; send it as Authorization: Bearer KEY"));
            });
  }

  private static Optional<String> bearer(String header) {
    return header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? Optional.of(header.substring(BEARER.length()).strip())
        : Optional.empty();
  }

  private void enter(Exchange exchange) {
    Tenant tenant = exchange.tenant();
    if (!limit.enter(tenant)) {
      throw new ApiException(
          ApiError.tooMany("Too many requests at once; wait for the answers to some"));
    }
    exchange.atEnd(() -> limit.leave(tenant));
  }
}
