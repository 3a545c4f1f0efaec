// SPDX-License-Identifier: Apache-2.0
package com.example.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties =
        "lora.model=../src/main/resources/io/github/lora4j/examples/quickstart/model")
class LoraApplicationTest {
  @LocalServerPort private int port;

  private HttpResponse<String> post(String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/generate"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void itAnswers() throws Exception {
    HttpResponse<String> answer = post("{\"instruction\": \"What is the capital of France?\"}");
    assertEquals(200, answer.statusCode());
    assertTrue(answer.body().contains("Paris"), answer.body());
    assertTrue(answer.body().contains("\"finishReason\":\"END_OF_SEQUENCE\""), answer.body());
  }

  @Test
  void aQuestionWithoutInstructionIsABadRequest() throws Exception {
    assertEquals(400, post("{\"input\": \"France\"}").statusCode());
  }
}
