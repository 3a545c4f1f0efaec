// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.examples.serve.tenant.ApiKeysFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The page in a browser: {@code mvn verify -Pbrowser}. Pictures are left in {@code target}. */
@EnabledIfSystemProperty(named = "browser", matches = "true", disabledReason = "needs -Pbrowser")
class ChatPageBrowserTest {
  private static final String KEY = "acme-key-0123456789";

  @TempDir private Path directory;

  private static Optional<String> chromium() {
    return List.of("chromium", "chromium-browser", "google-chrome").stream()
        .filter(NodeScripts::isThere)
        .findFirst();
  }

  @Test
  void itTalksStopsAndShowsErrors() throws IOException, InterruptedException {
    assumeTrue(chromium().isPresent(), "skipped: no chromium is installed");
    Path keys =
        Files.writeString(
            directory.resolve("keys.json"),
            "{\"tenants\":[{\"name\":\"a\",\"key\":\"%s\",\"adapters\":[\"acme-*\"]}]}"
                .formatted(KEY));
    Path pictures = Files.createDirectories(Path.of("target/pictures").toAbsolutePath());
    try (Fixture open = new Fixture();
        Fixture guarded = new Fixture(Fixture.LIMITS, ApiKeysFile.read(keys), Optional.empty())) {
      open.echo.pace = Duration.ofMillis(10);
      JsonObject told =
          JsonParser.parseString(
                  NodeScripts.run(
                      "chat-page.mjs",
                      "playwright-core@1.65.1",
                      Map.of(
                          "BASE_URL", open.uri("/").toString(),
                          "KEYS_URL", guarded.uri("/").toString(),
                          "KEY", KEY,
                          "CHROMIUM", "/usr/bin/" + chromium().get(),
                          "PICTURES", pictures.toString())))
              .getAsJsonObject();
      assertEquals(
          JsonParser.parseString(
              """
              {
                "complaints": [],
                "models": ["base (base)", "acme-french", "acme-german", "beta-poems"],
                "first": "acme-french|s:Be briefu:Bonjour a:acme-",
                "markup": true,
                "images": 0,
                "sendIsBack": true,
                "error": "The request failed; the server's log says why",
                "messagesAfterClear": 0,
                "overflow": 0,
                "modelsOfTheKey": ["base (base)", "acme-french", "acme-german"],
                "keyFormIsGone": true
              }\
              """),
          told);
    }
  }
}
