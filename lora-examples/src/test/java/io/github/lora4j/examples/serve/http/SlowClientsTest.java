// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static io.github.lora4j.examples.serve.http.Waiting.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.serve.tenant.Access;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that are slow or leave. */
@Timeout(60)
class SlowClientsTest {
  private static final String COMPLETIONS = "/v1/completions";
  private static final String LONG =
      "{'model':'base','prompt':'x','max_tokens':4000,'logprobs':2,'stream':%s}";

  private final Fixture fixture =
      new Fixture(
          Fixture.limits(Duration.ofSeconds(20), Duration.ofMillis(900)),
          Access.open(),
          Optional.empty());

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

  private static int read(InputStream in) {
    try {
      return in.read();
    } catch (IOException reset) {
      return -1;
    }
  }

  @Test
  void aClientThatLeavesInAStreamCancelsIt() throws IOException {
    fixture.echo.pace = Duration.ofMillis(5);
    try (Socket socket = fixture.socket()) {
      send(socket, Raw.post(COMPLETIONS, LONG.formatted(true)));
      assertTrue(socket.getInputStream().read() >= 0);
    }
    eventually(() -> fixture.echo.cancelled.get() == 1);
  }

  @Test
  void aClientThatLeavesWhileItWaitsForTheWholeAnswerCancelsIt() throws IOException {
    fixture.echo.pace = Duration.ofMillis(5);
    try (Socket socket = fixture.socket()) {
      send(socket, Raw.post(COMPLETIONS, LONG.formatted(false)));
      eventually(() -> !fixture.echo.requests.isEmpty());
    }
    eventually(() -> fixture.echo.cancelled.get() == 1);
  }

  @Test
  void aClientThatReadsNothingIsDroppedAndItsAnswerCancelled() throws IOException {
    // Slow enough that the answer is not complete before the buffers are full.
    fixture.echo.pace = Duration.ofMillis(1);
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", fixture.http.port()));
      send(socket, Raw.post(COMPLETIONS, LONG.formatted(true)));
      eventually(() -> fixture.echo.cancelled.get() == 1);
    }
  }

  @Test
  void aBodyThatTricklesIsCut() throws IOException {
    try (Socket socket = fixture.socket()) {
      socket.setSoTimeout(10_000);
      send(
          socket,
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
              .formatted(COMPLETIONS));
      CompletableFuture<Void> trickle =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (true) {
                    send(socket, " ");
                    Thread.sleep(100);
                  }
                } catch (IOException | InterruptedException closed) {
                  // As it should be.
                }
              });
      String answer = Raw.rest(socket);
      assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
      trickle.join();
    }
  }

  @Test
  void headersThatTrickleAreCut() throws IOException {
    try (Socket socket = fixture.socket()) {
      socket.setSoTimeout(10_000);
      send(socket, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
      assertEquals("", Raw.rest(socket));
    }
  }

  @Test
  void anIdleConnectionIsClosedButNotOneThatWaitsForItsAnswer() throws IOException {
    fixture.echo.pace = Duration.ofMillis(500);
    try (Socket socket = fixture.socket()) {
      socket.setSoTimeout(10_000);
      send(socket, Raw.post(COMPLETIONS, "{'model':'base','prompt':'x','max_tokens':4}"));
      String answer = Raw.rest(socket);
      assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }
  }

  @Test
  void requestsOverOneConnectionAreAnsweredInOrder() throws IOException {
    try (Socket socket = fixture.socket()) {
      socket.setSoTimeout(10_000);
      send(
          socket,
          IntStream.range(0, 5)
              .mapToObj(
                  i ->
                      Raw.post(
                          COMPLETIONS,
                          "{'model':'base','prompt':'<%d>','max_tokens':8}".formatted(i)))
              .reduce("", String::concat));
      String answers = Raw.rest(socket);
      int at = -1;
      for (int i = 0; i < 5; i++) {
        int next = answers.indexOf("base|<%d>".formatted(i));
        assertTrue(next > at, answers);
        at = next;
      }
    }
  }

  @Test
  void connectionsBeyondTheLimitAreClosedAndOthersServed() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < Fixture.LIMITS.connections() + 20; i++) {
        sockets.add(fixture.socket());
      }
      Socket last = sockets.get(sockets.size() - 1);
      last.setSoTimeout(5_000);
      assertEquals(-1, read(last.getInputStream()));
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    eventually(() -> fixture.get("/health").statusCode() == 200);
  }
}
