// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

/**
 * One step of training: one update of the parameters.
 *
 * @param step its number, counted from 1
 * @param loss the mean cross entropy over all learned tokens of the step, in nats, before the
 *     update
 * @param learningRate the rate of the update; NaN if an optimizer was given, which keeps it to
 *     itself
 * @param gradientNorm the norm of all gradients as one vector, before clipping
 * @param tokens tokens that went through the model, prompts included; there is no padding
 * @param tokensPerSecond tokens of this step in a second of it
 * @param memoryBytes the memory of the whole process after the step, as the system counts it
 *     (resident); the Java heap in use where the system does not say
 */
public record StepReport(
    int step,
    double loss,
    float learningRate,
    double gradientNorm,
    long tokens,
    double tokensPerSecond,
    long memoryBytes) {}
