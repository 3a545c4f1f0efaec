// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

/**
 * What is known of a job when the next step is formed.
 *
 * @param name its name
 * @param priority its priority
 * @param servedTokens tokens of it that went through the model; a job that joins late starts with
 *     those of the least served one
 * @param stepsLeft steps it has still to make, at least 1
 * @param tokens tokens it brings to a forward pass of its next step, at most
 */
public record JobTurn(String name, int priority, long servedTokens, int stepsLeft, int tokens) {}
