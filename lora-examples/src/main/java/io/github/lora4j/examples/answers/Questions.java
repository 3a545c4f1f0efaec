// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.answers;

import io.github.lora4j.CausalLm;
import io.github.lora4j.data.InstructionRecord;
import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.data.PromptTemplate;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import java.util.ArrayList;
import java.util.List;

/**
 * Prompts with the one right answer to each.
 *
 * @param pairs the prompts and the right answers
 */
public record Questions(List<PromptCompletion> pairs) {
  private static final int BATCH = 32;
  private static final GenerationConfig GREEDY =
      GenerationConfig.greedy().toBuilder().maxNewTokens(48).build();

  /** Copies the list. */
  public Questions {
    pairs = List.copyOf(pairs);
  }

  /**
   * The questions of instruction records.
   *
   * @param records the records
   * @param template how they read as prompts
   * @return the questions, in order
   */
  public static Questions of(List<InstructionRecord> records, PromptTemplate template) {
    return new Questions(records.stream().map(template::apply).toList());
  }

  /**
   * Asks a model, greedily.
   *
   * @param model the model
   * @return its answers, in order
   */
  public List<String> ask(CausalLm model) {
    List<String> prompts = pairs.stream().map(PromptCompletion::prompt).toList();
    List<String> answers = new ArrayList<>(prompts.size());
    for (int start = 0; start < prompts.size(); start += BATCH) {
      List<String> batch = prompts.subList(start, Math.min(start + BATCH, prompts.size()));
      model.generate(batch, GREEDY, TokenListener.silent()).stream()
          .map(GenerationResult::text)
          .forEach(answers::add);
    }
    return List.copyOf(answers);
  }

  /**
   * Counts exact matches.
   *
   * @param answers an answer to each question, in order
   * @return how many are right, character by character
   */
  public Score score(List<String> answers) {
    int right = 0;
    for (int i = 0; i < pairs.size(); i++) {
      right += pairs.get(i).completion().equals(answers.get(i)) ? 1 : 0;
    }
    return new Score(right, pairs.size());
  }
}
