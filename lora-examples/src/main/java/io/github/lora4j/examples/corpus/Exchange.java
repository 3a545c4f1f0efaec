// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.data.PromptTemplate;
import java.util.List;

/** A question about a context and its answer, in one of several layouts. */
final class Exchange {
  private static final double ASSISTANT_SHARE = 0.7;
  private static final PromptTemplate ASSISTANT = PromptTemplate.humanAssistant();
  private static final List<PromptTemplate> OTHERS =
      List.of(
          PromptTemplate.format("{input}\nQ: {instruction}\nA: "),
          PromptTemplate.format("Question: {instruction}\n{input}\nAnswer: "),
          PromptTemplate.format("{input}\n{instruction} "));

  private Exchange() {}

  /** Lays out an exchange; the answer alone is to be learned. */
  static PromptCompletion of(Draw draw, String context, String question, String answer) {
    boolean contextFirst = !context.isEmpty() && draw.chance(0.4);
    String first = contextFirst ? context : question;
    String second = contextFirst ? question : context;
    PromptTemplate template = draw.chance(ASSISTANT_SHARE) ? ASSISTANT : draw.one(OTHERS);
    return new PromptCompletion(template.prompt(first, second).stripLeading(), answer);
  }

  /** A text that is learned as a whole. */
  static PromptCompletion plain(String text) {
    return new PromptCompletion("", text);
  }
}
