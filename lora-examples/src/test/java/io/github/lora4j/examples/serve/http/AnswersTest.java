// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.GenerationRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnswersTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";

  private final Fixture fixture = new Fixture();

  @BeforeEach
  void forget() {
    fixture.echo.requests.clear();
  }

  @AfterAll
  void close() {
    fixture.close();
  }

  private GenerationConfig sent() {
    return fixture.echo.requests.remove().config();
  }

  private static JsonObject choice(JsonObject json) {
    return json.getAsJsonArray("choices").get(0).getAsJsonObject();
  }

  @Test
  void aChatAnswerHasOpenAisShape() {
    HttpResponse<String> response =
        fixture.post(
            CHAT,
            "{'model':'acme-french','max_tokens':14,'messages':[{'role':'system','content':'S'},"
                + "{'role':'user','content':[{'type':'text','text':'Hi'}]}]}");
    assertEquals(200, response.statusCode(), response.body());
    JsonObject json = Fixture.json(response);
    assertTrue(json.get("id").getAsString().startsWith("chatcmpl-"));
    assertEquals("chat.completion", json.get("object").getAsString());
    assertEquals("acme-french", json.get("model").getAsString());
    assertEquals(
        "{\"role\":\"assistant\",\"content\":\"acme-french|s:\",\"refusal\":null}",
        choice(json).get("message").toString());
    assertEquals("length", choice(json).get("finish_reason").getAsString());
    assertTrue(choice(json).get("logprobs").isJsonNull());
    assertEquals(
        "{\"prompt_tokens\":10,\"completion_tokens\":14,\"total_tokens\":24}",
        json.get("usage").toString());
  }

  @Test
  void aCompletionHasOpenAisShapeAndSixteenTokensByDefault() {
    JsonObject json =
        Fixture.json(fixture.post(COMPLETIONS, "{'model':'base','prompt':['Once upon a time']}"));
    assertEquals("text_completion", json.get("object").getAsString());
    assertEquals("base|Once upon a", choice(json).get("text").getAsString().strip());
    assertEquals(16, json.getAsJsonObject("usage").get("completion_tokens").getAsInt());
  }

  @Test
  void tokenIdsAreTakenAsTheyAre() {
    fixture.post(COMPLETIONS, "{'model':'base','prompt':[72,105]}");
    assertEquals("Tokens[ids=[72, 105]]", fixture.echo.requests.remove().prompt().toString());
  }

  @Test
  void aStreamedChatPutTogetherIsTheWholeAnswer() {
    String request =
        "{'model':'base','max_completion_tokens':20,'messages':[{'role':'user','content':'Hi'}]%s}";
    String whole =
        choice(Fixture.json(fixture.post(CHAT, request.formatted(""))))
            .getAsJsonObject("message")
            .get("content")
            .getAsString();
    List<String> events =
        fixture.events(
            CHAT, request.formatted(",'stream':true,'stream_options':{'include_usage':true}"));
    assertEquals("[DONE]", events.get(events.size() - 1));
    List<JsonObject> parts =
        events.subList(0, events.size() - 1).stream()
            .map(event -> JsonParser.parseString(event).getAsJsonObject())
            .toList();
    assertEquals(
        "{\"role\":\"assistant\",\"content\":\"\"}", choice(parts.get(0)).get("delta").toString());
    StringBuilder text = new StringBuilder();
    parts
        .subList(1, parts.size() - 2)
        .forEach(
            part -> {
              assertEquals("chat.completion.chunk", part.get("object").getAsString());
              assertTrue(choice(part).get("finish_reason").isJsonNull());
              text.append(choice(part).getAsJsonObject("delta").get("content").getAsString());
            });
    assertEquals(whole, text.toString());
    JsonObject closing = parts.get(parts.size() - 2);
    assertEquals("length", choice(closing).get("finish_reason").getAsString());
    assertEquals("{}", choice(closing).get("delta").toString());
    JsonObject usage = parts.get(parts.size() - 1);
    assertEquals(new JsonArray(), usage.get("choices"));
    assertEquals(20, usage.getAsJsonObject("usage").get("completion_tokens").getAsInt());
  }

  @Test
  void aStreamTellsNoUsageUnasked() {
    List<String> events =
        fixture.events(COMPLETIONS, "{'model':'base','prompt':'x','stream':true,'max_tokens':3}");
    assertEquals(5, events.size(), events.toString());
    assertFalse(events.toString().contains("usage"));
  }

  @Test
  void aStopStringEndsTheAnswerBeforeIt() {
    for (String stop : new String[] {"'e|'", "['zzz','e|']"}) {
      JsonObject choice =
          choice(
              Fixture.json(
                  fixture.post(
                      COMPLETIONS, "{'model':'base','prompt':'x','stop':%s}".formatted(stop))));
      assertEquals("bas", choice.get("text").getAsString());
      assertEquals("stop", choice.get("finish_reason").getAsString());
    }
  }

  @Test
  void logprobsOfAChatAreAListOfTokens() {
    JsonObject logprobs =
        choice(
                Fixture.json(
                    fixture.post(
                        CHAT,
                        "{'model':'base','max_tokens':2,'logprobs':true,'top_logprobs':2,"
                            + "'messages':[{'role':'user','content':'Hi'}]}")))
            .getAsJsonObject("logprobs");
    assertEquals(
        "{\"token\":\"b\",\"logprob\":-0.25,\"bytes\":[98],\"top_logprobs\":["
            + "{\"token\":\"b\",\"logprob\":-0.25,\"bytes\":[98]},"
            + "{\"token\":\"é\",\"logprob\":-9999.0,\"bytes\":[195,169]}]}",
        logprobs.getAsJsonArray("content").get(0).toString());
    assertEquals(2, logprobs.getAsJsonArray("content").size());
  }

  @Test
  void logprobsOfACompletionAreListsAndOffsetsGoOnOverAStream() {
    String request = "{'model':'base','prompt':'x','max_tokens':3,'logprobs':1%s}";
    JsonObject whole =
        choice(Fixture.json(fixture.post(COMPLETIONS, request.formatted(""))))
            .getAsJsonObject("logprobs");
    assertEquals(
        "{\"tokens\":[\"b\",\"a\",\"s\"],\"token_logprobs\":[-0.25,-0.25,-0.25],"
            + "\"top_logprobs\":[{\"b\":-0.25},{\"a\":-0.25},{\"s\":-0.25}],"
            + "\"text_offset\":[0,1,2]}",
        whole.toString());
    String third = fixture.events(COMPLETIONS, request.formatted(",'stream':true")).get(2);
    assertTrue(third.contains("\"text_offset\":[2]"), third);
  }

  @Test
  void samplingIsWhatWasAsked() {
    fixture.post(
        COMPLETIONS,
        "{'model':'base','prompt':'x','temperature':0.5,'top_p':0.9,'top_k':40,'min_p':0.1,"
            + "'seed':7,'repetition_penalty':1.1,'min_tokens':2,'max_tokens':9,'stop':null,"
            + "'n':1,'presence_penalty':0,'frequency_penalty':0.0,'user':'u','ignore_eos':true}");
    assertEquals(
        GenerationConfig.builder()
            .temperature(0.5f)
            .topP(0.9f)
            .topK(40)
            .minP(0.1f)
            .seed(7)
            .repetitionPenalty(1.1f)
            .minNewTokens(2)
            .maxNewTokens(9)
            .ignoreEndOfSequence(true)
            .build(),
        sent());
  }

  @Test
  void temperatureZeroIsGreedyAndNoTemperatureIsOne() {
    fixture.post(COMPLETIONS, "{'model':'base','prompt':'x','temperature':0,'top_p':0.5}");
    assertFalse(sent().doSample());
    fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
    GenerationConfig config = sent();
    assertTrue(config.doSample());
    assertEquals(1, config.temperature());
  }

  @Test
  void withoutASeedEachRequestHasItsOwn() {
    fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
    fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
    assertFalse(sent().seed() == sent().seed());
  }

  @Test
  void theBaseHasNoAdapterAndAnAdapterHasItsName() {
    fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
    fixture.post(COMPLETIONS, "{'model':'beta-poems','prompt':'x'}");
    List<GenerationRequest> requests = List.copyOf(fixture.echo.requests);
    assertTrue(requests.get(0).adapter().isEmpty());
    assertEquals("beta-poems", requests.get(1).adapter().orElseThrow());
  }

  @Test
  void theModelsAreTheBaseAndItsAdapters() {
    JsonArray models = Fixture.json(fixture.get("/v1/models")).getAsJsonArray("data");
    assertEquals(4, models.size());
    assertEquals("base", models.get(0).getAsJsonObject().get("id").getAsString());
    JsonObject one = Fixture.json(fixture.get("/v1/models/acme%2Dfrench"));
    assertEquals("acme-french", one.get("id").getAsString());
    assertEquals("base", one.get("parent").getAsString());
  }

  @Test
  void aRequestKeepsItsId() {
    HttpResponse<String> given =
        fixture.send(fixture.request("/health").header("X-Request-Id", "abc-123"));
    assertEquals("abc-123", given.headers().firstValue("x-request-id").orElseThrow());
    HttpResponse<String> unsound =
        fixture.send(fixture.request("/health").header("X-Request-Id", "a b\"c"));
    assertTrue(unsound.headers().firstValue("x-request-id").orElseThrow().matches("[0-9a-f]{32}"));
  }

  @Test
  void metricsCountRequests() {
    fixture.post(COMPLETIONS, "{'model':'base','prompt':'x'}");
    String metrics = fixture.get("/metrics").body();
    assertTrue(
        metrics.contains(
            "lora4j_http_requests_seconds_count{path=\"/v1/completions\",status=\"200\"}"),
        metrics);
    assertTrue(metrics.contains("lora4j_http_connections"), metrics);
  }

  @Test
  void thePageMayLoadNothingFromElsewhere() {
    HttpResponse<String> page = fixture.get("/");
    assertEquals(200, page.statusCode());
    String policy = page.headers().firstValue("content-security-policy").orElseThrow();
    assertTrue(policy.startsWith("default-src 'none'; connect-src 'self'"), policy);
    assertFalse(page.body().contains("http"), "an address in the page");
    assertFalse(page.body().contains("/*script*/"));
  }
}
