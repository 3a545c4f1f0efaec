// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import io.github.lora4j.AdapterConfig;
import io.github.lora4j.TrainableParameters;
import java.util.Optional;

/**
 * What is known of a run before its first step.
 *
 * @param name the job's name among several; alone, the model's
 * @param model the base model's name
 * @param adapter what is on the base, if it is not the base that trains
 * @param parameters how much of the model trains
 * @param device where it computes
 * @param trainingRows rows to train on
 * @param evaluationRows rows to evaluate on, 0 for none
 * @param totalSteps the steps of the run, if nothing ends it before
 * @param stepsPerEpoch the steps in which each row is seen once
 * @param options what the fine-tuner was told
 */
public record RunInfo(
    String name,
    String model,
    Optional<AdapterConfig> adapter,
    TrainableParameters parameters,
    String device,
    long trainingRows,
    long evaluationRows,
    int totalSteps,
    int stepsPerEpoch,
    FineTuningOptions options) {}
