// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.AttentionScores;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

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
 * @param attention what the layers attend with
 * @param embeddingScale what embeddings are multiplied by
 * @param normOffset added to the weights of root-mean-square norms: 0, or 1 (Gemma)
 * @param logitSoftCap what no logit exceeds (Gemma 2: {@code final_logit_softcapping}), if anything
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
    boolean tiedHead,
    AttentionSpec attention,
    double embeddingScale,
    double normOffset,
    OptionalDouble logitSoftCap) {
  /**
   * Begins a specification.
   *
   * @return a builder in which nothing is set
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Sets a decoder's sizes, and what it has that the plainest has not. */
  public static final class Builder {
    private int vocabularySize;
    private int hiddenSize;
    private int intermediateSize;
    private int numLayers;
    private int numHeads;
    private OptionalInt keyValueHeads = OptionalInt.empty();
    private OptionalInt headDim = OptionalInt.empty();
    private int maxPositions = Integer.MAX_VALUE;
    private double normEpsilon;
    private boolean residualAfterNorm;
    private boolean tiedHead;
    private OptionalDouble attentionScale = OptionalDouble.empty();
    private OptionalDouble attentionSoftCap = OptionalDouble.empty();
    private List<Integer> attentionWindows = List.of();
    private double embeddingScale = 1;
    private double normOffset;
    private OptionalDouble logitSoftCap = OptionalDouble.empty();

    private Builder() {}

    /**
     * Sets vocabularySize.
     *
     * @param vocabularySize rows of the embedding
     * @return this builder
     */
    public Builder vocabularySize(int vocabularySize) {
      this.vocabularySize = vocabularySize;
      return this;
    }

    /**
     * Sets hiddenSize.
     *
     * @param hiddenSize width of the hidden states
     * @return this builder
     */
    public Builder hiddenSize(int hiddenSize) {
      this.hiddenSize = hiddenSize;
      return this;
    }

    /**
     * Sets intermediateSize.
     *
     * @param intermediateSize width inside the MLP
     * @return this builder
     */
    public Builder intermediateSize(int intermediateSize) {
      this.intermediateSize = intermediateSize;
      return this;
    }

    /**
     * Sets numLayers.
     *
     * @param numLayers number of layers
     * @return this builder
     */
    public Builder numLayers(int numLayers) {
      this.numLayers = numLayers;
      return this;
    }

    /**
     * Sets numHeads.
     *
     * @param numHeads query heads
     * @return this builder
     */
    public Builder numHeads(int numHeads) {
      this.numHeads = numHeads;
      return this;
    }

    /**
     * Sets keyValueHeads.
     *
     * @param keyValueHeads key and value heads; as many as query heads unless set
     * @return this builder
     */
    public Builder keyValueHeads(int keyValueHeads) {
      this.keyValueHeads = OptionalInt.of(keyValueHeads);
      return this;
    }

    /**
     * Sets headDim.
     *
     * @param headDim values of a head; the hidden size divided by the heads unless set
     * @return this builder
     */
    public Builder headDim(int headDim) {
      this.headDim = OptionalInt.of(headDim);
      return this;
    }

    /**
     * Sets maxPositions.
     *
     * @param maxPositions longest sequence; no limit unless set
     * @return this builder
     */
    public Builder maxPositions(int maxPositions) {
      this.maxPositions = maxPositions;
      return this;
    }

    /**
     * Sets normEpsilon.
     *
     * @param normEpsilon added to a norm's variance
     * @return this builder
     */
    public Builder normEpsilon(double normEpsilon) {
      this.normEpsilon = normEpsilon;
      return this;
    }

    /**
     * Sets residualAfterNorm.
     *
     * @param residualAfterNorm whether the residual branch starts after the norm; before it unless
     *     set
     * @return this builder
     */
    public Builder residualAfterNorm(boolean residualAfterNorm) {
      this.residualAfterNorm = residualAfterNorm;
      return this;
    }

    /**
     * Sets tiedHead.
     *
     * @param tiedHead whether the head shares the embedding's table; it has its own unless set
     * @return this builder
     */
    public Builder tiedHead(boolean tiedHead) {
      this.tiedHead = tiedHead;
      return this;
    }

    /**
     * Sets attentionScale.
     *
     * @param attentionScale what products of queries and keys are multiplied by; 1 / √headDim
     *     unless set
     * @return this builder
     */
    public Builder attentionScale(double attentionScale) {
      this.attentionScale = OptionalDouble.of(attentionScale);
      return this;
    }

    /**
     * Sets attentionSoftCap.
     *
     * @param attentionSoftCap what no score exceeds (Gemma 2: {@code attn_logit_softcapping}), if
     *     anything; nothing unless set
     * @return this builder
     */
    public Builder attentionSoftCap(OptionalDouble attentionSoftCap) {
      this.attentionSoftCap = attentionSoftCap;
      return this;
    }

    /**
     * Sets attentionWindows.
     *
     * @param attentionWindows for each layer how many keys a query sees, itself included; {@link
     *     AttentionSpec#ALL} everywhere unless set
     * @return this builder
     */
    public Builder attentionWindows(List<Integer> attentionWindows) {
      this.attentionWindows = List.copyOf(attentionWindows);
      return this;
    }

    /**
     * Sets embeddingScale.
     *
     * @param embeddingScale what embeddings are multiplied by; 1 unless set
     * @return this builder
     */
    public Builder embeddingScale(double embeddingScale) {
      this.embeddingScale = embeddingScale;
      return this;
    }

    /**
     * Sets normOffset.
     *
     * @param normOffset added to the weights of root-mean-square norms; 0 unless set
     * @return this builder
     */
    public Builder normOffset(double normOffset) {
      this.normOffset = normOffset;
      return this;
    }

    /**
     * Sets logitSoftCap.
     *
     * @param logitSoftCap what no logit exceeds, if anything; nothing unless set
     * @return this builder
     */
    public Builder logitSoftCap(OptionalDouble logitSoftCap) {
      this.logitSoftCap = logitSoftCap;
      return this;
    }

    /**
     * Builds the specification.
     *
     * @return the specification
     */
    public DecoderSpec build() {
      int dim = headDim.orElseGet(() -> hiddenSize / numHeads);
      return new DecoderSpec(
          vocabularySize,
          hiddenSize,
          intermediateSize,
          numLayers,
          numHeads,
          keyValueHeads.orElse(numHeads),
          dim,
          maxPositions,
          normEpsilon,
          residualAfterNorm,
          tiedHead,
          attention(dim),
          embeddingScale,
          normOffset,
          logitSoftCap);
    }

    private AttentionSpec attention(int dim) {
      double scale = attentionScale.orElse(1 / Math.sqrt(dim));
      return new AttentionSpec(
          attentionSoftCap.isPresent()
              ? new AttentionScores.SoftCapped(scale, attentionSoftCap.getAsDouble())
              : new AttentionScores.ScaledDotProduct(scale),
          attentionWindows.isEmpty()
              ? Collections.nCopies(numLayers, AttentionSpec.ALL)
              : attentionWindows);
    }
  }
}
