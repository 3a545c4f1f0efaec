// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.Objects;

/** How an {@link InstructionRecord} reads as a prompt and its completion. */
@FunctionalInterface
public interface PromptTemplate {
  /**
   * Renders a record.
   *
   * @param record the record
   * @return its prompt and completion
   */
  PromptCompletion apply(InstructionRecord record);

  /**
   * Renders the prompt alone, for generation.
   *
   * @param instruction the task
   * @param input what the task is to be done on, may be empty
   * @return the prompt
   */
  default String prompt(String instruction, String input) {
    return apply(new InstructionRecord(instruction, input, "")).prompt();
  }

  /**
   * The template of the common BLOOM and LLaMA tutorials: {@code Human: {instruction}\n{input}},
   * stripped, then {@code \n\nAssistant: }.
   *
   * @return the template
   */
  static PromptTemplate humanAssistant() {
    return record ->
        new PromptCompletion(
            PythonText.strip("Human: " + record.instruction() + "\n" + record.input())
                + "\n\nAssistant: ",
            record.output());
  }

  /**
   * The template of Stanford Alpaca ({@code PROMPT_DICT} of its {@code train.py}), which has one
   * wording with an input and one without.
   *
   * @return the template
   */
  static PromptTemplate alpaca() {
    PromptTemplate withInput = format(AlpacaWording.WITH_INPUT);
    PromptTemplate withoutInput = format(AlpacaWording.WITHOUT_INPUT);
    return record -> (record.input().isEmpty() ? withoutInput : withInput).apply(record);
  }

  /**
   * A template of your own.
   *
   * @param format the prompt, with {@code {instruction}} and, if wanted, {@code {input}} in it
   * @return the template
   * @throws io.github.lora4j.ConfigurationException if the format lacks {@code {instruction}} or
   *     holds another name in braces
   */
  static PromptTemplate format(String format) {
    return new FormatTemplate(format);
  }

  /**
   * The checkpoint's own chat template: instruction and input (on a line of its own) are what the
   * user says, the output is what the assistant answers.
   *
   * @param tokenizer the tokenizer that has the chat template
   * @return the template
   * @throws io.github.lora4j.ConfigurationException if the checkpoint has no chat template
   */
  static PromptTemplate chat(LlmTokenizer tokenizer) {
    return new ChatPromptTemplate(Objects.requireNonNull(tokenizer, "tokenizer"));
  }
}
