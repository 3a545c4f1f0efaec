// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.examples.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command as a user runs and stops it. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no SIGTERM")
class ServeProcessTest {
  private static final int SIGTERM_STATUS = 143;

  @TempDir private Path directory;

  private Process start() throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0",
                "--pool",
                "16"))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static URI address(Process process) throws IOException {
    BufferedReader told = process.inputReader();
    String line = String.valueOf(told.readLine());
    Matcher address =
        Pattern.compile("lora4j-quickstart and 0 adapters at (http://\\S+)").matcher(line);
    assertTrue(address.find(), line);
    return URI.create(address.group(1));
  }

  private static HttpRequest request(URI address) {
    return HttpRequest.newBuilder(address.resolve("/v1/completions"))
        .header("Content-Type", "application/json")
        .POST(
            HttpRequest.BodyPublishers.ofString(
                """
                {"model": "lora4j-quickstart", "prompt": "Human: Hi.\\n\\nAssistant: ", "temperature": 0,
                 "max_tokens": 300, "ignore_eos": true, "stream": true}\
                """))
        .build();
  }

  @Test
  @Timeout(180)
  void aSignalLetsTheAnswerFinishAndLeavesNothingBehind() throws Exception {
    Process process = start();
    try {
      CompletableFuture<HttpResponse<Stream<String>>> answer =
          HttpClient.newHttpClient().sendAsync(request(address(process)), BodyHandlers.ofLines());
      HttpResponse<Stream<String>> streaming = answer.get(120, TimeUnit.SECONDS);
      process.destroy();
      List<String> events = streaming.body().filter(line -> !line.isEmpty()).toList();
      assertEquals("data: [DONE]", events.get(events.size() - 1));
      assertTrue(events.size() > 100, events.size() + " events");
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still there");
      assertEquals(SIGTERM_STATUS, process.exitValue());
    } finally {
      process.destroyForcibly().waitFor();
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(
          List.of(),
          left.filter(path -> path.getFileName().toString().startsWith("lora4j-serve")).toList());
    }
  }
}
