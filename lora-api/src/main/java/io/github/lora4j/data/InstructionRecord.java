// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.Objects;

/**
 * An instruction and its answer (the record of the Stanford Alpaca data). A {@link PromptTemplate}
 * says how it reads as text.
 *
 * @param instruction the task
 * @param input what the task is to be done on, empty if it needs nothing
 * @param output the answer to learn
 */
public record InstructionRecord(String instruction, String input, String output)
    implements TrainingRecord {
  /** Checks that no part is null. */
  public InstructionRecord {
    Objects.requireNonNull(instruction, "instruction");
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(output, "output");
  }
}
