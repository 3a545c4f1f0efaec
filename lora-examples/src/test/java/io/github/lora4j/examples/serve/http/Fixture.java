// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.examples.serve.tenant.Access;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** An {@link EchoServer} on the net, and a client of it. */
final class Fixture implements AutoCloseable {
  static final HttpLimits LIMITS = limits(Duration.ofSeconds(20), Duration.ofSeconds(20));

  final EchoServer echo = new EchoServer("acme-french", "acme-german", "beta-poems");
  final OpenAiHttpServer http;
  private final HttpClient client = HttpClient.newHttpClient();

  Fixture(HttpLimits limits, Access access, Optional<Path> adapters) {
    http =
        OpenAiHttpServer.start(
            new HttpService(
                echo,
                "base",
                adapters,
                access,
                limits,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)),
            "127.0.0.1",
            0);
  }

  /** Small numbers, and a time for requests and one for all that a client does. */
  static HttpLimits limits(Duration requestTime, Duration clientTime) {
    return new HttpLimits(
        20_000, 5_000, 4_000, 256, 32, 16, requestTime, clientTime, clientTime, clientTime);
  }

  Fixture() {
    this(LIMITS, Access.open(), Optional.empty());
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(http.port(), path));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<String> get(String path) {
    return send(request(path));
  }

  HttpRequest.Builder posting(String path, String json) {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')));
  }

  HttpResponse<String> post(String path, String json) {
    return send(posting(path, json));
  }

  /** The events of a streamed answer, without {@code data:}. */
  List<String> events(String path, String json) {
    HttpResponse<String> response = post(path, json);
    return response
        .body()
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> line.substring(6))
        .toList();
  }

  Socket socket() throws IOException {
    return new Socket("127.0.0.1", http.port());
  }

  static JsonObject json(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  static JsonObject error(HttpResponse<String> response) {
    return json(response).getAsJsonObject("error");
  }

  @Override
  public void close() {
    http.drain();
    echo.close();
    http.close();
  }
}
