// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to compare, and how.
 *
 * @param model the checkpoint
 * @param adapter the adapter, if any
 * @param inputs holds input_ids and, where needed, attention_mask and labels
 * @param reference holds what to compare with
 * @param load how the checkpoint is loaded, quantised or not
 * @param learningRate of the AdamW steps, at least 0
 * @param weightDecay of the AdamW steps, at least 0
 * @param logitsTolerance the largest difference allowed for logits
 * @param trainingTolerance the largest difference allowed for losses and gradients
 * @param trainedTolerance the largest difference allowed for trained parameters, as a part of the
 *     learning rate, which is about as far as AdamW moves one in a step; at least trainingTolerance
 *     is allowed
 */
public record ParityOptions(
    Path model,
    Optional<Path> adapter,
    Path inputs,
    Path reference,
    LoadOptions load,
    float learningRate,
    float weightDecay,
    double logitsTolerance,
    double trainingTolerance,
    double trainedTolerance) {
  /** The default learning rate. */
  public static final float LEARNING_RATE = 1e-2f;

  /** The default weight decay. */
  public static final float WEIGHT_DECAY = 0.01f;

  /** Allowed for logits by default. */
  public static final double LOGITS_TOLERANCE = 1e-4;

  /** Allowed for losses and gradients by default. */
  public static final double TRAINING_TOLERANCE = 2e-4;

  /**
   * Allowed for trained parameters by default: half of one step. Where a gradient is nothing but
   * rounding noise, Adam divides it by itself, and two builds of torch differ by about a third of a
   * step there (seen: 3e-3 at learning rate 1e-2, while their losses agree within 5e-7).
   */
  public static final double TRAINED_TOLERANCE = 0.5;

  /** Checks the numbers. */
  public ParityOptions {
    requireNotNegative("learningRate", learningRate);
    requireNotNegative("weightDecay", weightDecay);
    requireNotNegative("logitsTolerance", logitsTolerance);
    requireNotNegative("trainingTolerance", trainingTolerance);
    requireNotNegative("trainedTolerance", trainedTolerance);
  }

  private static void requireNotNegative(String field, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ConfigurationException(
          "ParityOptions: %s must be a number of at least 0, was %s".formatted(field, value));
    }
  }

  /**
   * The defaults: inputs from the reference, learning rate 1e-2, weight decay 0.01, tolerances
   * {@link #LOGITS_TOLERANCE}, {@link #TRAINING_TOLERANCE} and {@link #TRAINED_TOLERANCE}.
   *
   * @param model the checkpoint
   * @param adapter the adapter, if any
   * @param reference holds inputs and what to compare with
   * @return the options
   */
  public static ParityOptions of(Path model, Optional<Path> adapter, Path reference) {
    return new ParityOptions(
        model,
        adapter,
        reference,
        reference,
        LoadOptions.defaults(),
        LEARNING_RATE,
        WEIGHT_DECAY,
        LOGITS_TOLERANCE,
        TRAINING_TOLERANCE,
        TRAINED_TOLERANCE);
  }

  /**
   * Takes the inputs from another file.
   *
   * @param file holds input_ids and, where needed, attention_mask and labels
   * @return the options with it
   */
  public ParityOptions withInputs(Path file) {
    return new ParityOptions(
        model,
        adapter,
        file,
        reference,
        load,
        learningRate,
        weightDecay,
        logitsTolerance,
        trainingTolerance,
        trainedTolerance);
  }

  /**
   * Sets how AdamW steps; its betas are 0.9 and 0.999, its epsilon 1e-8.
   *
   * @param rate the learning rate, at least 0
   * @param decay the weight decay, at least 0
   * @return the options with it
   * @throws ConfigurationException if one of them is negative or no number
   */
  public ParityOptions withAdamW(float rate, float decay) {
    return new ParityOptions(
        model,
        adapter,
        inputs,
        reference,
        load,
        rate,
        decay,
        logitsTolerance,
        trainingTolerance,
        trainedTolerance);
  }

  /**
   * Allows the same difference for all tensors of floating-point numbers; token ids must still be
   * equal.
   *
   * @param tolerance the largest difference allowed, at least 0
   * @return the options with it
   * @throws ConfigurationException if it is negative or no number
   */
  public ParityOptions withTolerance(double tolerance) {
    return new ParityOptions(
        model,
        adapter,
        inputs,
        reference,
        load,
        learningRate,
        weightDecay,
        tolerance,
        tolerance,
        0);
  }

  /**
   * Loads the checkpoint in another way.
   *
   * @param options for example a quantisation
   * @return the options with it
   */
  public ParityOptions withLoadOptions(LoadOptions options) {
    return new ParityOptions(
        model,
        adapter,
        inputs,
        reference,
        options,
        learningRate,
        weightDecay,
        logitsTolerance,
        trainingTolerance,
        trainedTolerance);
  }

  /**
   * Allowed for parameters after the AdamW steps.
   *
   * @return the larger of trainedTolerance, as a part of the learning rate, and trainingTolerance
   */
  public double parametersTolerance() {
    return Math.max(trainingTolerance, trainedTolerance * learningRate);
  }
}
