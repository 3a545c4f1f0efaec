// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.RotaryPairing;
import java.util.Arrays;
import java.util.Optional;

/** How a decoder knows the order of its tokens. Attention is plain unless a scheme says more. */
public sealed interface PositionScheme permits RotaryPositions, AlibiPositions, LearnedPositions {
  /**
   * How positions are counted in a padded batch.
   *
   * @return the way
   */
  default PositionCounting counting() {
    return PositionCounting.COLUMNS;
  }

  /**
   * The rotation of queries and keys for a batch.
   *
   * @param manager owns what the rotation holds
   * @param positions one position a token
   * @return the rotation
   */
  default Rotation rotation(NDManager manager, int[] positions) {
    return Rotation.NONE;
  }

  /**
   * The additive mask for sequences of one length that start at position 0.
   *
   * @param manager owns the mask
   * @param length tokens of a sequence
   * @return shape (1, heads or 1, length, length), or empty where plain causality is all
   */
  default Optional<NDArray> mask(NDManager manager, int length) {
    return Optional.empty();
  }

  /**
   * The additive mask of one new token against the tokens before it.
   *
   * @param manager owns the mask
   * @param lengths keys that each sequence sees, the new one included
   * @param padded keys the cache shows, at least the longest length
   * @return shape (B, heads or 1, 1, padded): −∞ where there is no key
   */
  default NDArray decodeMask(NDManager manager, int[] lengths, int padded) {
    float[] mask = new float[lengths.length * padded];
    for (int b = 0; b < lengths.length; b++) {
      Arrays.fill(mask, b * padded + lengths[b], (b + 1) * padded, Float.NEGATIVE_INFINITY);
    }
    return manager.create(mask, new Shape(lengths.length, 1, 1, padded));
  }

  /**
   * Writes the rotation of one token's queries and keys into a fused operator.
   *
   * @param script where to
   * @param x the name of heads of shape (any, headDim)
   * @return the name of the rotated
   */
  default String writeRotation(TokenScript script, String x) {
    return x;
  }

  /**
   * Whether scores are added to beyond causality, so that {@link TokenTables#mask} is used.
   *
   * @return true for ALiBi
   */
  default boolean masksTokens() {
    return false;
  }

  /**
   * Which values of a head turn together.
   *
   * @return the pairing, of no meaning where nothing rotates
   */
  default RotaryPairing pairing() {
    return RotaryPairing.HALVES;
  }

  /**
   * The angle by which each pair of a head turns from one position to the next.
   *
   * @return a value for each pair that rotates, or none where nothing does
   */
  default float[] inverseFrequencies() {
    return new float[0];
  }

  /**
   * What cosines and sines of the rotation are multiplied by.
   *
   * @return 1 unless the scaling for long contexts wants it (transformers: {@code
   *     attention_factor})
   */
  default float attentionFactor() {
    return 1;
  }

  /**
   * What is added to a score per key position, where that is all a scheme adds.
   *
   * @return one a query head, or none where nothing is added
   */
  default float[] slopes() {
    return new float[0];
  }

  /**
   * What a fused operator needs to know of one token.
   *
   * @param manager owns the tables
   * @param position the token's position
   * @return the tables
   */
  default TokenTables tokenTables(NDManager manager, int position) {
    NDArray placeholder = manager.create(0f);
    return new TokenTables(placeholder, placeholder, placeholder);
  }
}
