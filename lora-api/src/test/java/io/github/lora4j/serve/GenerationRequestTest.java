// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.generate.GenerationConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GenerationRequestTest {
  @Test
  void aRequestIsGreedyOfTheBaseAndUnlimitedAtFirst() {
    assertEquals(
        new GenerationRequest(
            new Prompt.Text("hello"),
            Optional.empty(),
            GenerationConfig.greedy(),
            Optional.empty(),
            OptionalInt.empty()),
        GenerationRequest.builder("hello").build());
  }

  @Test
  void whatIsSetArrives() {
    GenerationConfig config = GenerationConfig.sampling(0.7f);
    GenerationRequest request =
        GenerationRequest.builder(Prompt.tokens(1, 2))
            .adapter("french")
            .config(config)
            .timeLimit(Duration.ofSeconds(2))
            .topLogprobs(5)
            .build();
    assertEquals(new Prompt.Tokens(List.of(1, 2)), request.prompt());
    assertEquals(Optional.of("french"), request.adapter());
    assertEquals(config, request.config());
    assertEquals(Optional.of(Duration.ofSeconds(2)), request.timeLimit());
    assertEquals(OptionalInt.of(5), request.topLogprobs());
  }

  @Test
  void aFieldOutOfItsRangeIsNamed() {
    GenerationRequestBuilder builder = GenerationRequest.builder("hello");
    assertRefused("adapter", () -> builder.adapter("").build());
    builder.adapter("french");
    assertRefused("timeLimit", () -> builder.timeLimit(Duration.ZERO).build());
    builder.timeLimit(Duration.ofMillis(1));
    assertRefused("topLogprobs", () -> builder.topLogprobs(21).build());
  }

  @Test
  void aPromptWithoutAnythingIsRefused() {
    assertRefused("messages", () -> Prompt.chat(List.of()));
    assertRefused("token ids", Prompt::tokens);
  }

  private static void assertRefused(String field, Executable making) {
    String message = assertThrows(ConfigurationException.class, making).getMessage();
    assertTrue(message.contains(field), message);
  }
}
