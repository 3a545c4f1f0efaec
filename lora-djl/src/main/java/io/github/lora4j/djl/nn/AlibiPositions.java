// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.BFloat16;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Arrays;
import java.util.Optional;

/**
 * Attention with linear biases (Press et al., 2022): slope · key position is added to the scores.
 */
public final class AlibiPositions implements PositionScheme {
  private final TorchOp causalMask;
  private final float[] slopes;
  private final KeyBias bias;

  private AlibiPositions(TorchOps ops, float[] slopes, KeyBias bias) {
    causalMask = ops.causalMask();
    this.slopes = slopes;
    this.bias = bias;
  }

  /** What is added to the score of a key. */
  private interface KeyBias {
    /** Slope · key, exactly. */
    KeyBias LINEAR = (slope, key) -> slope * key;

    float of(float slope, int key);
  }

  /**
   * Creates BLOOM's scheme.
   *
   * @param ops the operators
   * @param heads number of heads
   */
  public AlibiPositions(TorchOps ops, int heads) {
    this(ops, slopes(heads), KeyBias.LINEAR);
  }

  /**
   * MPT's scheme, whose slopes differ where the number of heads is no power of two.
   *
   * @param ops the operators
   * @param heads number of heads
   * @param biasMax the exponent of the last slope ({@code alibi_bias_max})
   * @return the scheme
   */
  public static AlibiPositions ofMpt(TorchOps ops, int heads, int biasMax) {
    return new AlibiPositions(ops, mptSlopes(heads, biasMax), KeyBias.LINEAR);
  }

  /**
   * Falcon's scheme: the biases are products in bfloat16, as it was trained with, and are divided
   * by √headDim with the scores.
   *
   * @param ops the operators
   * @param heads number of heads
   * @param headDim values of a head
   * @return the scheme
   */
  public static AlibiPositions ofFalcon(TorchOps ops, int heads, int headDim) {
    float root = (float) Math.sqrt(headDim);
    return new AlibiPositions(
        ops, slopes(heads), (slope, key) -> rounded(rounded(slope) * rounded(key)) / root);
  }

  private static float rounded(float value) {
    return BFloat16.toFloat(BFloat16.fromFloat(value));
  }

  /**
   * The slopes: a geometric sequence for a power of two, and for other numbers of heads the odd
   * terms of the next power's sequence behind it (transformers: {@code build_alibi_tensor}).
   *
   * @param heads number of heads
   * @return one slope a head
   */
  static float[] slopes(int heads) {
    int power = Integer.highestOneBit(heads);
    float base = base(power);
    float extraBase = base(2 * power);
    float[] slopes = new float[heads];
    for (int h = 0; h < heads; h++) {
      slopes[h] =
          (float) (h < power ? Math.pow(base, h + 1) : Math.pow(extraBase, 2 * (h - power) + 1));
    }
    return slopes;
  }

  private static float base(int power) {
    int log = Integer.numberOfTrailingZeros(power);
    return (float) Math.pow(2, -Math.pow(2, -(log - 3)));
  }

  /**
   * MPT's slopes: of the sequence of the next power of two, the even terms and then the odd ones
   * (transformers: {@code build_mpt_alibi_tensor}).
   *
   * @param heads number of heads
   * @param biasMax the exponent of the last slope
   * @return one slope a head
   */
  static float[] mptSlopes(int heads, int biasMax) {
    int power = heads == 1 ? 1 : 2 * Integer.highestOneBit(heads - 1);
    float[] slopes = new float[heads];
    for (int h = 0; h < heads; h++) {
      int term = h < power / 2 ? 2 * h + 2 : 2 * (h - power / 2) + 1;
      slopes[h] = (float) Math.pow(2, -(double) (power == heads ? h + 1 : term) * biasMax / power);
    }
    return slopes;
  }

  @Override
  public Optional<NDArray> mask(NDManager manager, int length) {
    float[] biases = new float[slopes.length * length];
    for (int h = 0; h < slopes.length; h++) {
      fill(biases, h * length, length, slopes[h]);
    }
    return Optional.of(
        causalMask.apply(manager.create(biases, new Shape(1, slopes.length, 1, length))));
  }

  private void fill(float[] biases, int from, int length, float slope) {
    for (int key = 0; key < length; key++) {
      biases[from + key] = bias.of(slope, key);
    }
  }

  @Override
  public boolean masksTokens() {
    return true;
  }

  /** {@inheritDoc} None where the addition is not slope · position exactly. */
  @Override
  public float[] slopes() {
    return bias == KeyBias.LINEAR ? slopes.clone() : new float[0];
  }

  @Override
  public TokenTables tokenTables(NDManager manager, int position) {
    NDArray mask = decodeMask(manager, new int[] {position + 1}, position + 1);
    return new TokenTables(mask, mask, mask);
  }

  @Override
  public NDArray decodeMask(NDManager manager, int[] lengths, int padded) {
    float[] mask = new float[lengths.length * slopes.length * padded];
    int cell = 0;
    for (int length : lengths) {
      for (float slope : slopes) {
        fill(mask, cell, length, slope);
        Arrays.fill(mask, cell + length, cell + padded, Float.NEGATIVE_INFINITY);
        cell += padded;
      }
    }
    return manager.create(mask, new Shape(lengths.length, slopes.length, 1, padded));
  }
}
