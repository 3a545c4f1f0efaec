package io.github.lora4j.djl.nn;

/**
 * The shape of a decoder.
 *
 * @param vocabularySize rows of the embedding
 * @param hiddenSize width of the hidden states
 * @param intermediateSize width inside the MLP
 * @param numLayers number of layers
 * @param numHeads query heads
 * @param keyValueHeads key and value heads; divides numHeads
 * @param headDim values of a head
 * @param maxPositions longest sequence; {@link Integer#MAX_VALUE} where the architecture sets no
 *     limit
 * @param normEpsilon added to a norm's variance
 * @param residualAfterNorm whether the residual branch starts after the norm (BLOOM: {@code
 *     apply_residual_connection_post_layernorm})
 * @param tiedHead whether the head shares the embedding's table
 */
public record DecoderSpec(
    int vocabularySize,
    int hiddenSize,
    int intermediateSize,
    int numLayers,
    int numHeads,
    int keyValueHeads,
    int headDim,
    int maxPositions,
    double normEpsilon,
    boolean residualAfterNorm,
    boolean tiedHead) {}
