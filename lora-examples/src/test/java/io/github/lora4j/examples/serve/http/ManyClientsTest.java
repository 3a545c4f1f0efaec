// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static io.github.lora4j.examples.serve.http.Waiting.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that come all at once. */
@Timeout(60)
class ManyClientsTest {
  private static final String COMPLETIONS = "/v1/completions";
  private static final String LONG =
      "{'model':'base','prompt':'x','max_tokens':4000,'logprobs':2,'stream':%s}";

  private final Fixture fixture = new Fixture();

  @AfterEach
  void aNormalRequestStillWorks() {
    fixture.echo.pace = Duration.ZERO;
    HttpResponse<String> response =
        fixture.post(COMPLETIONS, "{'model':'base','prompt':'x','max_tokens':3}");
    assertEquals(200, response.statusCode(), response.body());
    fixture.close();
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  @Test
  void oneTenantHasSoManyRequestsAtOnce() throws IOException {
    fixture.echo.pace = Duration.ofMillis(20);
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < Fixture.LIMITS.requestsPerTenant(); i++) {
        Socket socket = fixture.socket();
        sockets.add(socket);
        send(socket, Raw.post(COMPLETIONS, LONG.formatted(true)));
        assertTrue(socket.getInputStream().read() >= 0);
      }
      HttpResponse<String> response = fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
      assertEquals(429, response.statusCode());
      assertEquals("1", response.headers().firstValue("retry-after").orElseThrow());
      assertEquals(200, fixture.get("/health").statusCode());
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    eventually(() -> fixture.echo.cancelled.get() == Fixture.LIMITS.requestsPerTenant());
  }

  @Test
  void manyClientsAtOnceAllGetTheirOwnAnswers() {
    List<CompletableFuture<String>> answers =
        IntStream.range(0, 200)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () ->
                            fixture
                                .post(
                                    COMPLETIONS,
                                    "{'model':'base','prompt':'<%d>','max_tokens':10}".formatted(i))
                                .body()))
            .toList();
    for (int i = 0; i < answers.size(); i++) {
      String answer = answers.get(i).join();
      assertTrue(
          answer.contains("base|<%d>".formatted(i)) || answer.contains("rate_limit"), answer);
    }
  }
}
