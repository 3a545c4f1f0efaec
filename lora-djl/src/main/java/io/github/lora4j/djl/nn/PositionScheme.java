package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Optional;

/** How a decoder knows the order of its tokens. */
public sealed interface PositionScheme permits RotaryPositions, AlibiPositions {
  /**
   * The rotation of queries and keys for a batch.
   *
   * @param manager owns what the rotation holds
   * @param positions one position a token
   * @return the rotation
   */
  Rotation rotation(NDManager manager, int[] positions);

  /**
   * The additive mask for sequences of one length that start at position 0.
   *
   * @param manager owns the mask
   * @param length tokens of a sequence
   * @return shape (1, heads or 1, length, length), or empty where plain causality is all
   */
  Optional<NDArray> mask(NDManager manager, int length);

  /**
   * The additive mask of one new token against the tokens before it.
   *
   * @param manager owns the mask
   * @param lengths keys that each sequence sees, the new one included
   * @param padded keys the cache shows, at least the longest length
   * @return shape (B, heads or 1, 1, padded): −∞ where there is no key
   */
  NDArray decodeMask(NDManager manager, int[] lengths, int padded);

  /**
   * Writes the rotation of one token's queries and keys into a fused operator.
   *
   * @param script where to
   * @param x the name of heads of shape (any, headDim)
   * @return the name of the rotated
   */
  String writeRotation(TokenScript script, String x);

  /**
   * Whether scores are added to beyond causality, so that {@link TokenTables#mask} is used.
   *
   * @return true for ALiBi
   */
  boolean masksTokens();

  /**
   * The angle by which each pair of a head turns from one position to the next.
   *
   * @return one a pair that turns: headDim / 2 values or fewer, none where nothing rotates
   */
  float[] inverseFrequencies();

  /**
   * What cosines and sines of the rotation are multiplied by.
   *
   * @return 1 unless the scaling for long contexts wants it (transformers: {@code
   *     attention_factor})
   */
  float attentionFactor();

  /**
   * What is added to a score per key position.
   *
   * @return one a query head, or none where nothing is added
   */
  float[] slopes();

  /**
   * What a fused operator needs to know of one token.
   *
   * @param manager owns the tables
   * @param position the token's position
   * @return the tables
   */
  TokenTables tokenTables(NDManager manager, int position);
}
