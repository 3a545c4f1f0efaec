// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import com.google.gson.JsonObject;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.examples.serve.openai.Endpoint;
import io.github.lora4j.examples.serve.page.ChatPage;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** All addresses. */
final class Routes {
  private static final String MODELS = "/v1/models";

  private final HttpService service;
  private final ServedModels models;
  private final BooleanSupplier draining;
  private final ChatPage page = ChatPage.load();

  Routes(HttpService service, BooleanSupplier draining) {
    this.service = service;
    this.draining = draining;
    models = new ServedModels(service.model(), service.server());
  }

  List<Route> all() {
    AdapterActions adapters =
        new AdapterActions(
            service.server(), models, service.adapters().map(Routes::adapterDirectory));
    return List.of(
        Route.open("/", this::page),
        Route.open("/health", this::health),
        Route.get("/metrics", this::metrics),
        Route.get(MODELS, (exchange, body) -> exchange.sendJson(models.list(exchange.tenant()))),
        Route.get(MODELS + "/", this::model),
        Route.post("/v1/chat/completions", generate(Endpoint.chat())),
        Route.post("/v1/completions", generate(Endpoint.completions())),
        Route.post("/v1/load_lora_adapter", unlessDraining(adapters::load)),
        Route.post("/v1/unload_lora_adapter", unlessDraining(adapters::unload)));
  }

  private Action generate(Endpoint endpoint) {
    return unlessDraining(new GenerateAction(endpoint, service.server(), models, service.limits()));
  }

  private Action unlessDraining(Action action) {
    return (exchange, body) -> {
      if (draining.getAsBoolean()) {
        throw new ApiException(Failures.closing());
      }
      action.handle(exchange, body);
    };
  }

  private void page(Exchange exchange, String body) {
    page.headers().forEach(exchange::putHeader);
    exchange.send(200, "text/html; charset=utf-8", page.html());
  }

  private void health(Exchange exchange, String body) {
    if (draining.getAsBoolean()) {
      throw new ApiException(Failures.closing());
    }
    JsonObject json = new JsonObject();
    json.addProperty("status", "ok");
    exchange.sendJson(json);
  }

  private void metrics(Exchange exchange, String body) {
    if (!exchange.tenant().administrator()) {
      throw new ApiException(ApiError.forbidden("Only an administrator's key may read metrics"));
    }
    exchange.send(200, "text/plain; version=0.0.4; charset=utf-8", service.metrics().scrape());
  }

  private void model(Exchange exchange, String body) {
    String name = exchange.path().substring(MODELS.length() + 1);
    exchange.sendJson(models.one(exchange.tenant(), decoded(name)));
  }

  private static String decoded(String name) {
    try {
      return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ApiException(ApiError.noSuchModel(name));
    }
  }

  private static AdapterDirectory adapterDirectory(Path directory) {
    try {
      return new AdapterDirectory(directory.toRealPath());
    } catch (IOException e) {
      throw new ConfigurationException(
          "%s: cannot be read: %s; give the directory that adapters lie in".formatted(directory, e),
          e);
    }
  }
}
