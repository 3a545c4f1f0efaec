// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.serve.tenant.Access;
import java.io.IOException;
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
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters come and go while the server runs, out of one directory only. */
class AdaptersTest {
  private static final String LOAD = "/v1/load_lora_adapter";
  private static final String UNLOAD = "/v1/unload_lora_adapter";

  @TempDir private Path directory;
  private Path adapters;
  private Fixture fixture;

  @BeforeEach
  void open() throws IOException {
    adapters = Files.createDirectories(directory.resolve("adapters"));
    adapter(adapters.resolve("good"));
    adapter(adapters.resolve("team/nested"));
    adapter(directory.resolve("secret"));
    Files.createDirectories(adapters.resolve("empty"));
    Files.createSymbolicLink(adapters.resolve("link-out"), directory.resolve("secret"));
    Files.createSymbolicLink(adapters.resolve("link-in"), adapters.resolve("good"));
    Files.createDirectories(adapters.resolve("stolen"));
    Files.createSymbolicLink(
        adapters.resolve("stolen/adapter_config.json"),
        directory.resolve("secret/adapter_config.json"));
    fixture = new Fixture(Fixture.LIMITS, Access.open(), Optional.of(adapters));
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static void adapter(Path path) throws IOException {
    Files.createDirectories(path);
    Files.writeString(path.resolve("adapter_config.json"), "{}");
  }

  private HttpResponse<String> load(String name, String path) {
    return fixture.post(LOAD, "{'lora_name':'%s','lora_path':'%s'}".formatted(name, path));
  }

  @Test
  void aLoadedAdapterIsAModelUntilItIsUnloaded() {
    assertEquals(200, load("new", "good").statusCode());
    assertEquals(200, load("nested", "team/nested").statusCode());
    assertEquals(200, load("linked", "link-in").statusCode());
    assertEquals(200, load("absolute", adapters.resolve("good").toString()).statusCode());
    String ask = "{'model':'new','prompt':'x'}";
    assertEquals(200, fixture.post("/v1/completions", ask).statusCode());
    assertEquals(200, fixture.post(UNLOAD, "{'lora_name':'new'}").statusCode());
    assertEquals(404, fixture.post("/v1/completions", ask).statusCode());
    assertEquals(404, fixture.post(UNLOAD, "{'lora_name':'new'}").statusCode());
  }

  @ParameterizedTest
  @CsvSource({
    "403, ../secret",
    "403, ../../../../../../etc",
    "403, /etc",
    "403, good/../../secret",
    "403, link-out",
    "403, stolen",
    "403, .",
    "403, ''",
    "403, team/../..",
    "404, absent",
    "404, %2e%2e/secret",
    "404, ..%2fsecret",
    "404, good/adapter_config.json",
    "400, good\\u0000",
    "400, empty"
  })
  void nothingIsLoadedFromElsewhere(int status, String path) {
    List<String> before = fixture.echo.adapters();
    HttpResponse<String> response = load("new", path);
    assertEquals(status, response.statusCode(), response.body());
    assertTrue(Fixture.error(response).has("message"));
    assertFalse(response.body().contains(directory.toString()), response.body());
    assertEquals(before, fixture.echo.adapters());
  }

  @ParameterizedTest
  @CsvSource({
    "../x",
    "a/b",
    "''",
    "base",
    "acme-french",
    "a..b",
    ".hidden",
    "a b",
    "ä",
    "a\\u0000"
  })
  void aNameThatIsNoneOrTakenIsRefused(String name) {
    List<String> before = fixture.echo.adapters();
    HttpResponse<String> response = load(name, "good");
    assertEquals(400, response.statusCode(), response.body());
    assertEquals("lora_name", Fixture.error(response).get("param").getAsString());
    assertEquals(before, fixture.echo.adapters());
  }

  @Test
  void withoutADirectoryNothingIsLoaded() {
    try (Fixture closed = new Fixture()) {
      assertEquals(403, closed.post(LOAD, "{'lora_name':'new','lora_path':'good'}").statusCode());
    }
  }

  @Test
  void theBaseIsNotUnloaded() {
    assertEquals(404, fixture.post(UNLOAD, "{'lora_name':'base'}").statusCode());
  }
}
