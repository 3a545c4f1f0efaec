// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.serve.tenant.ApiKeysFile;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantsTest {
  private static final String ACME = "acme-key-0123456789";
  private static final String OPS = "ops-key-0123456789";
  private static final String COMPLETIONS = "/v1/completions";

  @TempDir private Path directory;
  private Fixture fixture;

  @BeforeEach
  void open() throws IOException {
    Path keys =
        Files.writeString(
            directory.resolve("keys.json"),
            """
            {"tenants": [
              {"name": "acme", "key": "%s", "adapters": ["acme-*"]},
              {"name": "ops", "key": "%s", "adapters": ["*"], "administrator": true}
            ]}\
            """
                .formatted(ACME, OPS));
    fixture = new Fixture(Fixture.LIMITS, ApiKeysFile.read(keys), Optional.empty());
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private HttpResponse<String> as(String key, HttpRequest.Builder request) {
    return fixture.send(request.header("Authorization", "Bearer " + key));
  }

  private HttpRequest.Builder ask(String model) {
    return fixture.posting(COMPLETIONS, "{'model':'%s','prompt':'x'}".formatted(model));
  }

  @Test
  void aTenantSeesItsOwnAdaptersAndTheBase() {
    List<String> models =
        Fixture.json(as(ACME, fixture.request("/v1/models")))
            .getAsJsonArray("data")
            .asList()
            .stream()
            .map(model -> model.getAsJsonObject().get("id").getAsString())
            .toList();
    assertEquals(List.of("base", "acme-french", "acme-german"), models);
  }

  @Test
  void anotherTenantsAdapterDoesNotExist() {
    HttpResponse<String> theirs = as(ACME, ask("beta-poems"));
    HttpResponse<String> nobodys = as(ACME, ask("beta-pomes"));
    assertEquals(404, theirs.statusCode());
    assertEquals(
        nobodys.body().replace("beta-pomes", "beta-poems"), theirs.body(), "tells them apart");
    assertEquals(404, as(ACME, fixture.request("/v1/models/beta-poems")).statusCode());
    assertEquals(200, as(ACME, ask("acme-german")).statusCode());
    assertEquals(200, as(OPS, ask("beta-poems")).statusCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Bearer wrong-key-0123456789", "Bearer ", "Basic " + ACME, "" + ACME, "Bearer"})
  void aWrongKeyIsRefused(String header) {
    HttpResponse<String> response = fixture.send(ask("base").header("Authorization", header));
    assertEquals(401, response.statusCode());
    assertEquals("invalid_api_key", Fixture.error(response).get("code").getAsString());
    assertEquals("Bearer", response.headers().firstValue("www-authenticate").orElseThrow());
    assertTrue(fixture.echo.requests.isEmpty());
  }

  @Test
  void withoutAKeyOnlyThePageAndTheHealthAreSeen() {
    for (String path : List.of("/v1/models", "/v1/models/base", "/metrics")) {
      assertEquals(401, fixture.get(path).statusCode(), path);
    }
    assertEquals(401, fixture.send(ask("base")).statusCode());
    assertEquals(200, fixture.get("/").statusCode());
    assertEquals(200, fixture.get("/health").statusCode());
  }

  @Test
  void onlyAnAdministratorManages() {
    for (String path : List.of("/v1/load_lora_adapter", "/v1/unload_lora_adapter")) {
      assertEquals(
          403,
          as(ACME, fixture.posting(path, "{'lora_name':'acme-french','lora_path':'x'}"))
              .statusCode());
    }
    assertEquals(403, as(ACME, fixture.request("/metrics")).statusCode());
    assertEquals(200, as(OPS, fixture.request("/metrics")).statusCode());
    assertEquals(
        200,
        as(OPS, fixture.posting("/v1/unload_lora_adapter", "{'lora_name':'acme-french'}"))
            .statusCode());
    assertEquals(404, as(ACME, ask("acme-french")).statusCode());
  }
}
