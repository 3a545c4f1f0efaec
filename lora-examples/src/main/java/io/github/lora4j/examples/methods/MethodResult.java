// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import io.github.lora4j.examples.answers.Score;

/**
 * What came of an example of a method.
 *
 * @param before exact matches of the base on the held-out records
 * @param after exact matches of the trained model
 */
public record MethodResult(Score before, Score after) {}
