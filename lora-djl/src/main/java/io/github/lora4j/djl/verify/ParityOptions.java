package io.github.lora4j.djl.verify;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What to compare, and how.
 *
 * @param model the checkpoint
 * @param adapter the adapter, if any
 * @param inputs holds input_ids, attention_mask, labels
 * @param reference holds what to compare with
 * @param learningRate of the AdamW steps
 * @param weightDecay of the AdamW steps
 * @param logitsTolerance allowed for logits
 * @param trainingTolerance allowed for losses, gradients and trained parameters
 */
public record ParityOptions(
    Path model,
    Optional<Path> adapter,
    Path inputs,
    Path reference,
    float learningRate,
    float weightDecay,
    double logitsTolerance,
    double trainingTolerance) {
  /** Allowed for logits by default. */
  public static final double LOGITS_TOLERANCE = 1e-4;

  /** Allowed for losses, gradients and trained parameters by default. */
  public static final double TRAINING_TOLERANCE = 2e-4;

  /**
   * The defaults: inputs from the reference, learning rate 1e-2, weight decay 0.01.
   *
   * @param model the checkpoint
   * @param adapter the adapter, if any
   * @param reference holds inputs and what to compare with
   * @return the options
   */
  public static ParityOptions of(Path model, Optional<Path> adapter, Path reference) {
    return new ParityOptions(
        model, adapter, reference, reference, 1e-2f, 0.01f, LOGITS_TOLERANCE, TRAINING_TOLERANCE);
  }

  /**
   * Takes the inputs from another file.
   *
   * @param file holds input_ids, attention_mask, labels
   * @return the options with it
   */
  public ParityOptions withInputs(Path file) {
    return new ParityOptions(
        model,
        adapter,
        file,
        reference,
        learningRate,
        weightDecay,
        logitsTolerance,
        trainingTolerance);
  }
}
