// SPDX-License-Identifier: Apache-2.0
package com.example.lora;

import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraException;
import io.github.lora4j.data.PromptTemplate;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** {@code POST /generate} with an instruction; the answer and how it ended comes back. */
@RestController
class GenerateController {
  private static final PromptTemplate TEMPLATE = PromptTemplate.humanAssistant();

  private final CausalLm model;
  private final GenerationConfig config;

  GenerateController(CausalLm model, LoraProperties properties) {
    this.model = model;
    config = GenerationConfig.builder().maxNewTokens(properties.maxNewTokens()).build();
  }

  /** An instruction, and what it is to be done on, which may be absent. */
  record Question(String instruction, String input) {}

  /** The answer. */
  record Answer(String text, int promptTokens, int newTokens, String finishReason) {}

  @PostMapping("/generate")
  Answer generate(@RequestBody Question question) {
    if (question.instruction() == null || question.instruction().isBlank()) {
      throw new ResponseStatusException(
          HttpStatus.BAD_REQUEST, "field \"instruction\" is missing or blank");
    }
    String input = question.input() == null ? "" : question.input();
    String prompt = TEMPLATE.prompt(question.instruction(), input);
    GenerationResult result;
    // A model works for one thread at a time.
    synchronized (model) {
      result = model.generate(List.of(prompt), config, TokenListener.silent()).get(0);
    }
    return new Answer(
        result.text(), result.promptTokens(), result.newTokens(), result.finishReason().name());
  }

  @ExceptionHandler(LoraException.class)
  ProblemDetail refused(LoraException e) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
  }
}
