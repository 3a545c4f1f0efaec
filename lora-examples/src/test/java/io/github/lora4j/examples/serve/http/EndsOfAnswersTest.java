// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static io.github.lora4j.examples.serve.http.Waiting.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.serve.tenant.Access;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that the server ends. */
@Timeout(60)
class EndsOfAnswersTest {
  private static final String COMPLETIONS = "/v1/completions";
  private static final String LONG =
      "{'model':'base','prompt':'x','max_tokens':4000,'logprobs':2,'stream':%s}";

  private final Fixture fixture = new Fixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aDrainingServerFinishesItsAnswersAndTakesNoMore() throws Exception {
    fixture.echo.pace = Duration.ofMillis(10);
    CompletableFuture<HttpResponse<String>> running =
        CompletableFuture.supplyAsync(
            () -> fixture.post(COMPLETIONS, "{'model':'base','prompt':'x','max_tokens':50}"));
    eventually(() -> !fixture.echo.requests.isEmpty());
    fixture.http.drain();
    assertEquals(503, fixture.get("/health").statusCode());
    HttpResponse<String> refused = fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
    assertEquals(503, refused.statusCode());
    assertEquals("1", refused.headers().firstValue("retry-after").orElseThrow());
    assertEquals(200, running.get().statusCode());
  }

  @Test
  void whatTheServerCancelsIsNoAnswer() {
    fixture.echo.pace = Duration.ofMillis(10);
    CompletableFuture<HttpResponse<String>> whole =
        CompletableFuture.supplyAsync(() -> fixture.post(COMPLETIONS, LONG.formatted(false)));
    CompletableFuture<List<String>> stream =
        CompletableFuture.supplyAsync(() -> fixture.events(COMPLETIONS, LONG.formatted(true)));
    eventually(() -> fixture.echo.requests.size() == 2);
    fixture.echo.close();
    assertEquals(503, whole.join().statusCode());
    List<String> events = stream.join();
    assertTrue(events.get(events.size() - 1).contains("The server is closing"));
  }

  @Test
  void whatTheTimeDidNotSufficeForIsCutAndSaysSo() {
    HttpLimits hasty = Fixture.limits(Duration.ofMillis(100), Duration.ofSeconds(20));
    try (Fixture other = new Fixture(hasty, Access.open(), Optional.empty())) {
      other.echo.pace = Duration.ofMillis(5);
      HttpResponse<String> response = other.post(COMPLETIONS, LONG.formatted(false));
      assertEquals(200, response.statusCode());
      assertTrue(
          response.body().contains("\"finish_reason\":\"length\",\"stop_reason\":\"deadline\""),
          response.body());
    }
  }
}
