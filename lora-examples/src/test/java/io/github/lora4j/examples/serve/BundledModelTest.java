// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.micrometer.ServingMeters;
import io.github.lora4j.examples.quickstart.Bundle;
import io.github.lora4j.examples.serve.http.HttpLimits;
import io.github.lora4j.examples.serve.http.HttpService;
import io.github.lora4j.examples.serve.http.OpenAiHttpServer;
import io.github.lora4j.examples.serve.tenant.Access;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.AdapterSource;
import io.github.lora4j.serve.LoraServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundled model and an adapter of it over HTTP, from the request to the last token. */
class BundledModelTest {
  private static final String PROMPT = "Human: What is the capital of France?\n\nAssistant: ";
  private static final GenerationConfig GREEDY =
      GenerationConfig.greedy().toBuilder().maxNewTokens(12).build();

  @TempDir private static Path directory;
  private static String alone;
  private static String adapted;
  private static CausalLm base;
  private static LoraServer server;
  private static OpenAiHttpServer http;

  @BeforeAll
  static void open() {
    Bundle.copyTo(directory);
    base = HuggingFaceModel.load(directory.resolve(Bundle.MODEL));
    Path adapters = directory.resolve("adapters");
    LoraConfig config =
        LoraConfig.builder()
            .rank(4)
            .alpha(64)
            .targetModules("query_key_value", "dense")
            .initialization(Initialization.RANDOM)
            .build();
    alone = base.generate(PROMPT, GREEDY);
    try (LoraModel model = LoraModel.wrap(base, config)) {
      adapted = model.generate(PROMPT, GREEDY);
      model.saveAdapter(adapters.resolve("random"));
    }
    ServingMeters meters = new ServingMeters();
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    meters.bindTo(metrics);
    server =
        LoraServer.builder(base)
            .listener(meters)
            .adapters(AdapterSource.directory(adapters))
            .poolBytes(16 << 20)
            .start();
    http =
        OpenAiHttpServer.start(
            new HttpService(
                server,
                "base",
                Optional.of(adapters),
                Access.open(),
                HttpLimits.defaults(),
                metrics),
            "127.0.0.1",
            0);
  }

  @AfterAll
  static void close() {
    http.close();
    server.close();
    base.close();
  }

  private static CompletableFuture<HttpResponse<String>> ask(String model, String more) {
    JsonObject json = JsonParser.parseString("{" + more + "}").getAsJsonObject();
    json.addProperty("model", model);
    json.addProperty("prompt", PROMPT);
    json.addProperty("max_tokens", 12);
    return post("/v1/completions", json.toString());
  }

  private static CompletableFuture<HttpResponse<String>> post(String path, String json) {
    return HttpClient.newHttpClient()
        .sendAsync(
            HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build(),
            BodyHandlers.ofString());
  }

  private static URI uri(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(http.port(), path));
  }

  private static JsonObject choice(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    return JsonParser.parseString(response.body())
        .getAsJsonObject()
        .getAsJsonArray("choices")
        .get(0)
        .getAsJsonObject();
  }

  @Test
  void askedTogetherEachModelAnswersWhatItAnswersAlone() {
    List<CompletableFuture<HttpResponse<String>>> answers =
        List.of(
            ask("base", "\"temperature\":0"),
            ask("random", "\"temperature\":0"),
            ask("base", "\"temperature\":0"),
            ask("random", "\"temperature\":0"));
    assertTrue(!alone.equals(adapted), "the adapter changes nothing");
    for (int i = 0; i < answers.size(); i++) {
      assertEquals(
          i % 2 == 0 ? alone : adapted, choice(answers.get(i).join()).get("text").getAsString());
    }
  }

  @Test
  void anAnswerSaysWhyItEndedAndHowLikelyItWas() {
    JsonObject choice = choice(ask("base", "\"temperature\":0,\"logprobs\":2").join());
    assertEquals("Paris", choice.get("text").getAsString());
    assertEquals("stop", choice.get("finish_reason").getAsString());
    JsonObject logprobs = choice.getAsJsonObject("logprobs");
    assertTrue(logprobs.getAsJsonArray("token_logprobs").get(0).getAsDouble() > -0.1);
    assertEquals(2, logprobs.getAsJsonArray("top_logprobs").get(0).getAsJsonObject().size());
  }

  @Test
  void aSeededAnswerRepeats() {
    String seeded = "\"temperature\":2,\"seed\":7";
    assertEquals(
        choice(ask("random", seeded).join()).get("text"),
        choice(ask("random", seeded).join()).get("text"));
  }

  @Test
  void theMetricsTellHowLongClientsWait() {
    choice(ask("base", "\"temperature\":0").join());
    String metrics =
        HttpClient.newHttpClient()
            .sendAsync(HttpRequest.newBuilder(uri("/metrics")).build(), BodyHandlers.ofString())
            .join()
            .body();
    assertTrue(metrics.contains("lora4j_serve_first_token_seconds{quantile=\"0.99\"}"), metrics);
    assertTrue(metrics.contains("lora4j_serve_pool_pages{use=\"free\"}"), metrics);
  }

  @Test
  void aTokenThatTheModelDoesNotHaveIsRefused() {
    HttpResponse<String> response =
        post("/v1/completions", "{\"model\":\"base\",\"prompt\":[123456789]}").join();
    assertEquals(400, response.statusCode(), response.body());
  }
}
