// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is said in OpenAI's shape, and the next request is answered as ever. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";

  private final Fixture fixture = new Fixture();

  @AfterEach
  void aNormalRequestStillWorks() {
    fixture.echo.full = false;
    HttpResponse<String> response =
        fixture.post(COMPLETIONS, "{'model':'acme-french','prompt':'x','max_tokens':3}");
    assertEquals(200, response.statusCode(), response.body());
    assertEquals(List.of("acme-french", "acme-german", "beta-poems"), fixture.echo.adapters());
  }

  @AfterAll
  void close() {
    fixture.close();
  }

  private static void assertError(int status, HttpResponse<String> response) {
    assertEquals(status, response.statusCode(), response.body());
    assertEquals("application/json", response.headers().firstValue("content-type").orElseThrow());
    JsonObject error = Fixture.error(response);
    assertEquals(List.of("message", "type", "param", "code"), List.copyOf(error.keySet()));
    assertFalse(error.get("message").getAsString().isBlank());
    assertFalse(response.body().contains("io.github"), response.body());
    assertTrue(response.headers().firstValue("x-request-id").isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "7",
        "'text'",
        "{",
        "{'model':'base','prompt':'x'",
        "{'model':'base','prompt':'x'} tail",
        "{model:'base'}",
        "{'model':'base','prompt':NaN}",
        "{'model':'base','prompt':'x',}",
        "{'a':1e99999999999999999999999999}",
        "\u0000"
      })
  void whatIsNotOneJsonObjectIsRefused(String body) {
    assertError(400, fixture.post(COMPLETIONS, body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "model; {'prompt':'x'}",
        "model; {'prompt':'x','model':7}",
        "prompt; {'model':'base'}",
        "prompt; {'model':'base','prompt':null}",
        "prompt; {'model':'base','prompt':''}",
        "prompt; {'model':'base','prompt':[]}",
        "prompt; {'model':'base','prompt':[[]]}",
        "prompt; {'model':'base','prompt':{}}",
        "prompt; {'model':'base','prompt':['a','b']}",
        "prompt; {'model':'base','prompt':[1,'b']}",
        "prompt; {'model':'base','prompt':[-1]}",
        "prompt; {'model':'base','prompt':[1.5]}",
        "max_tokens; {'model':'base','prompt':'x','max_tokens':0}",
        "max_tokens; {'model':'base','prompt':'x','max_tokens':1000000}",
        "max_tokens; {'model':'base','prompt':'x','max_tokens':'9'}",
        "max_tokens; {'model':'base','prompt':'x','max_tokens':1.5}",
        "max_tokens; {'model':'base','prompt':'x','max_tokens':1e999}",
        "temperature; {'model':'base','prompt':'x','temperature':-1}",
        "temperature; {'model':'base','prompt':'x','temperature':2.5}",
        "temperature; {'model':'base','prompt':'x','temperature':true}",
        "top_p; {'model':'base','prompt':'x','top_p':1.1}",
        "stop; {'model':'base','prompt':'x','stop':['']}",
        "stop; {'model':'base','prompt':'x','stop':7}",
        "stop; {'model':'base','prompt':'x','stop':[['a']]}",
        "seed; {'model':'base','prompt':'x','seed':0.5}",
        "stream; {'model':'base','prompt':'x','stream':'yes'}",
        "stream_options; {'model':'base','prompt':'x','stream':true,'stream_options':7}",
        "n; {'model':'base','prompt':'x','n':2}",
        "best_of; {'model':'base','prompt':'x','best_of':3}",
        "echo; {'model':'base','prompt':'x','echo':true}",
        "suffix; {'model':'base','prompt':'x','suffix':'y'}",
        "presence_penalty; {'model':'base','prompt':'x','presence_penalty':0.5}",
        "frequency_penalty; {'model':'base','prompt':'x','frequency_penalty':-1}",
        "logit_bias; {'model':'base','prompt':'x','logit_bias':{'5':1}}",
        "logprobs; {'model':'base','prompt':'x','logprobs':21}",
        "temprature; {'model':'base','prompt':'x','temprature':1}"
      })
  void aWrongFieldIsNamed(String param, String body) {
    HttpResponse<String> response = fixture.post(COMPLETIONS, body);
    assertError(400, response);
    assertEquals(param, Fixture.error(response).get("param").getAsString(), response.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "messages; {'model':'base'}",
        "messages; {'model':'base','messages':[]}",
        "messages; {'model':'base','messages':'hi'}",
        "messages[0]; {'model':'base','messages':['hi']}",
        "messages[0].role; {'model':'base','messages':[{'content':'hi'}]}",
        "messages[0].role; {'model':'base','messages':[{'role':'tool','content':'hi'}]}",
        "messages[0].content; {'model':'base','messages':[{'role':'user'}]}",
        "messages[0].content; {'model':'base','messages':[{'role':'user','content':7}]}",
        "messages[0].content;"
            + " {'model':'base','messages':[{'role':'user','content':[{'type':'image_url'}]}]}",
        "top_logprobs;"
            + " {'model':'base','top_logprobs':2,'messages':[{'role':'user','content':'x'}]}",
        "tools; {'model':'base','tools':[{}],'messages':[{'role':'user','content':'x'}]}",
        "response_format;"
            + " {'model':'base','response_format':{'type':'json_object'},'messages':[{'role':'user','content':'x'}]}"
      })
  void aWrongFieldOfAChatIsNamed(String param, String body) {
    HttpResponse<String> response = fixture.post(CHAT, body);
    assertError(400, response);
    assertEquals(param, Fixture.error(response).get("param").getAsString(), response.body());
  }

  @Test
  void depthIsBounded() {
    for (String deep :
        List.of(
            "[".repeat(9_000),
            "{'a':".repeat(3_000),
            "{'model':'base','prompt':" + "[".repeat(5_000) + "]".repeat(5_000) + "}")) {
      assertError(400, fixture.post(COMPLETIONS, deep));
    }
  }

  @Test
  void aLargeBodyIsRefusedWhetherItsLengthIsDeclaredOrNot() {
    String large = "{'model':'base','prompt':'" + "x".repeat(30_000) + "'}";
    assertError(413, fixture.post(COMPLETIONS, large));
    HttpRequest.Builder chunked =
        fixture
            .request(COMPLETIONS)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(large.replace('\'', '"'))));
    assertError(413, fixture.send(chunked));
  }

  @Test
  void aLongPromptIsRefused() {
    HttpResponse<String> response =
        fixture.post(COMPLETIONS, "{'model':'base','prompt':'" + "x".repeat(5_001) + "'}");
    assertError(400, response);
    assertEquals("context_length_exceeded", Fixture.error(response).get("code").getAsString());
  }

  @Test
  void aBodyThatIsNotUtf8IsRefused() {
    assertError(
        400,
        fixture.send(
            fixture
                .request(COMPLETIONS)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(new byte[] {'{', (byte) 0xff, '}'}))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unknown",
        "",
        "../acme-french",
        "acme-french/../../etc/passwd",
        "/etc/passwd",
        "%2e%2e%2facme-french",
        "acme-french\\u0000",
        "ACME-FRENCH",
        "acme-*"
      })
  void aModelThatDoesNotExistIsNotFound(String model) {
    HttpResponse<String> response =
        fixture.post(COMPLETIONS, "{'model':'%s','prompt':'x'}".formatted(model));
    assertError(404, response);
    assertEquals("model_not_found", Fixture.error(response).get("code").getAsString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/none",
        "/v1/models/..%2f..%2fetc%2fpasswd",
        "/v1/models/%zz",
        "/v1/models/",
        "/v2",
        "/v1/embeddings",
        "/../../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/chat.js"
      })
  void whatIsNotThereIsNotFound(String path) throws Exception {
    String answer =
        Raw.exchange(
            fixture, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
    assertTrue(answer.contains("{\"error\":{\"message\":"), answer);
  }

  @Test
  void anotherMethodIsNotAllowed() {
    HttpResponse<String> response = fixture.get(COMPLETIONS);
    assertError(405, response);
    assertEquals("POST", response.headers().firstValue("allow").orElseThrow());
    assertError(405, fixture.post("/v1/models", "{}"));
    assertError(
        405, fixture.send(fixture.request(COMPLETIONS).method("OPTIONS", BodyPublishers.noBody())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonp"})
  void anotherContentTypeIsRefused(String type) {
    assertError(
        415,
        fixture.send(
            fixture
                .request(COMPLETIONS)
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString("{}"))));
  }

  @Test
  void aFullQueueSaysWhenToComeBack() {
    fixture.echo.full = true;
    HttpResponse<String> response = fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
    assertError(429, response);
    assertEquals("1", response.headers().firstValue("retry-after").orElseThrow());
    assertEquals("rate_limit_error", Fixture.error(response).get("type").getAsString());
  }

  @Test
  void aFailureOfTheServerIsNotExplainedToTheClient() {
    for (String stream : new String[] {"", ",'stream':true"}) {
      HttpResponse<String> response =
          fixture.post(COMPLETIONS, "{'model':'base','prompt':'FAIL@0'" + stream + "}");
      assertError(500, response);
      assertFalse(response.body().contains("secret"), response.body());
    }
  }

  @Test
  void aFailureInTheMiddleOfAStreamIsAnEvent() {
    List<String> events =
        fixture.events(COMPLETIONS, "{'model':'base','prompt':'FAIL@2','stream':true}");
    assertEquals(3, events.size(), events.toString());
    assertTrue(events.get(2).startsWith("{\"error\":{\"message\":"), events.get(2));
    assertFalse(events.get(2).contains("secret"));
  }

  @Test
  void anotherHostNameIsRefused() throws Exception {
    String answer =
        Raw.exchange(
            fixture, "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 403 "), answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "GET / HTTP/9.9", "GET"})
  void whatIsNoHttpIsAnsweredOnceAndClosed(String line) throws Exception {
    String answer = Raw.exchange(fixture, line + "\r\n\r\n");
    assertTrue(answer.isEmpty() || answer.matches("(?s)HTTP/... (400|501|505) .*"), answer);
  }

  @Test
  void longAddressesAndHeadersAreRefused() throws Exception {
    String address = Raw.exchange(fixture, "GET /" + "x".repeat(9_000) + " HTTP/1.1\r\n\r\n");
    assertTrue(address.startsWith("HTTP/1.0 414 "), address);
    String headers =
        Raw.exchange(fixture, "GET / HTTP/1.1\r\nX-Long: " + "x".repeat(40_000) + "\r\n\r\n");
    assertTrue(headers.matches("(?s)HTTP/1.. 431 .*"), headers);
  }
}
