// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/**
 * The shape of an encoder.
 *
 * @param vocabularySize rows of the word embedding
 * @param hiddenSize width of the hidden states; a multiple of numHeads
 * @param intermediateSize width inside the feed-forward part
 * @param numLayers number of layers
 * @param numHeads heads
 * @param maxPositions rows of the position embedding
 * @param tokenTypes rows of the token type embedding, 0 if there is none
 * @param normEpsilon added to a norm's variance
 */
public record EncoderSpec(
    int vocabularySize,
    int hiddenSize,
    int intermediateSize,
    int numLayers,
    int numHeads,
    int maxPositions,
    int tokenTypes,
    double normEpsilon) {}
