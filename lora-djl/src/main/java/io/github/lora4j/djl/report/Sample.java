// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

/**
 * What a model answered before and after its training.
 *
 * @param prompt what it was asked
 * @param before the answer of the untrained model
 * @param after the answer of the trained model, empty until there is one
 */
record Sample(String prompt, String before, String after) {}
