package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Arrays;
import java.util.Optional;

/**
 * Attention with linear biases (Press et al., 2022): slope · key position is added to the scores.
 */
public final class AlibiPositions implements PositionScheme {
  private final TorchOp alibiMask;
  private final float[] slopes;

  /**
   * Creates the scheme.
   *
   * @param ops the operators
   * @param heads number of heads
   */
  public AlibiPositions(TorchOps ops, int heads) {
    alibiMask = ops.alibiMask();
    slopes = slopes(heads);
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

  @Override
  public Optional<NDArray> mask(NDManager manager, int length) {
    return Optional.of(alibiMask.apply(manager.create(slopes), manager.arange((float) length)));
  }

  @Override
  public boolean masksTokens() {
    return true;
  }

  @Override
  public float[] slopes() {
    return slopes.clone();
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
        for (int key = 0; key < length; key++) {
          mask[cell + key] = slope * key;
        }
        Arrays.fill(mask, cell + length, cell + padded, Float.NEGATIVE_INFINITY);
        cell += padded;
      }
    }
    return manager.create(mask, new Shape(lengths.length, slopes.length, 1, padded));
  }
}
