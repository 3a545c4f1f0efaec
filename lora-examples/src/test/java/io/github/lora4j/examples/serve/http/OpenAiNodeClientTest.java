// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** OpenAI's own client, as it comes from npm. */
class OpenAiNodeClientTest {
  @Test
  void itUnderstandsEveryAnswer() throws IOException, InterruptedException {
    try (Fixture fixture = new Fixture()) {
      JsonObject told =
          JsonParser.parseString(
                  NodeScripts.run(
                      "openai-client.mjs",
                      "openai@7.57.0",
                      Map.of("BASE_URL", fixture.uri("").toString())))
              .getAsJsonObject();
      assertEquals(
          JsonParser.parseString(
              """
              {
                "models": ["base", "acme-french", "acme-german", "beta-poems"],
                "content": "acme-french|s:",
                "finishReason": "length",
                "totalTokens": 24,
                "bytes": [97],
                "streamed": "acme-french|s:",
                "streamedTokens": 14,
                "helper": "acme-french|s:",
                "completion": "base",
                "completionReason": "stop",
                "beforeStop": "b",
                "unknownModel": ["NotFoundError", 404, "model_not_found", "model"],
                "severalAnswers": ["BadRequestError", 400, "unsupported_parameter", "n"],
                "beforeFailure": "a",
                "brokenStream": "APIError"
              }\
              """),
          told);
    }
  }
}
