// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.data.PromptTemplate;
import io.github.lora4j.examples.answers.Questions;
import java.nio.file.Path;

/**
 * The bundled model and the skill it lacks: records to train on, and records to judge by.
 *
 * @param directory where the bundle lies
 * @param heldOut the questions to judge by
 */
public record OrderLesson(Path directory, Questions heldOut) {
  /** How a record reads as a prompt. */
  public static final PromptTemplate TEMPLATE = PromptTemplate.humanAssistant();

  private static final int LONGEST = 256;

  /**
   * Lays the bundle out.
   *
   * @param directory where to; made if need be
   * @param heldOut how many of the held-out records to judge by
   * @return the lesson
   * @throws io.github.lora4j.LoraException if a file cannot be written
   */
  public static OrderLesson unpack(Path directory, int heldOut) {
    Bundle.copyTo(directory);
    return new OrderLesson(
        directory, HeldOut.read(directory.resolve(Bundle.HELD_OUT), heldOut, TEMPLATE));
  }

  /**
   * The pretrained model.
   *
   * @return its checkpoint
   */
  public Path base() {
    return directory.resolve(Bundle.MODEL);
  }

  /**
   * What to train on.
   *
   * @param tokenizer the base's
   * @return the data
   */
  public InstructionDataset training(LlmTokenizer tokenizer) {
    return data(Bundle.TRAINING, tokenizer);
  }

  /**
   * What to judge by, with its right answers, for a loss.
   *
   * @param tokenizer the base's
   * @return the data
   */
  public InstructionDataset judging(LlmTokenizer tokenizer) {
    return data(Bundle.HELD_OUT, tokenizer);
  }

  private InstructionDataset data(String file, LlmTokenizer tokenizer) {
    return InstructionDataset.alpaca(directory.resolve(file), tokenizer)
        .template(TEMPLATE)
        .maxLength(LONGEST)
        .build();
  }
}
