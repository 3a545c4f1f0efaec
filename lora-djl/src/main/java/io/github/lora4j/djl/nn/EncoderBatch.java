// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/**
 * What an encoder reads.
 *
 * @param tokens the tokens
 * @param positions a row of the position embedding for each
 * @param tokenTypes a row of the token type embedding for each
 */
public record EncoderBatch(RaggedBatch tokens, int[] positions, int[] tokenTypes) {}
