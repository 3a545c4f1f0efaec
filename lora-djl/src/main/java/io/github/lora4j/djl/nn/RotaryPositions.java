package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.Arrays;
import java.util.Optional;

/**
 * Rotary position embedding (Su et al., 2021), frequencies in float32 as transformers keeps them.
 */
public final class RotaryPositions implements PositionScheme {
  private final int headDim;
  private final float[] inverseFrequencies;
  private final float attentionFactor;
  private volatile Table table = new Table(new float[0], new float[0]);

  /**
   * Creates the scheme.
   *
   * @param headDim values of a head, even
   * @param theta the base of the frequencies
   * @param scaling how they are stretched
   */
  public RotaryPositions(int headDim, double theta, RopeScaling scaling) {
    this(headDim, headDim, theta, scaling);
  }

  /**
   * Creates a scheme that rotates the first values of each head.
   *
   * @param headDim values of a head
   * @param rotaryDim how many of them rotate, even (transformers: headDim · {@code
   *     partial_rotary_factor})
   * @param theta the base of the frequencies
   * @param scaling how they are stretched
   */
  public RotaryPositions(int headDim, int rotaryDim, double theta, RopeScaling scaling) {
    this.headDim = headDim;
    inverseFrequencies = new float[rotaryDim / 2];
    for (int i = 0; i < inverseFrequencies.length; i++) {
      float exponent = 2f * i / rotaryDim;
      inverseFrequencies[i] = (float) scaling.scale(i, (float) (1 / Math.pow(theta, exponent)));
    }
    attentionFactor = (float) scaling.attentionFactor();
  }

  @Override
  public Rotation rotation(NDManager manager, int[] positions) {
    int half = inverseFrequencies.length;
    Table known = tableUpTo(Arrays.stream(positions).max().orElse(0));
    float[] cos = new float[positions.length * half];
    float[] sin = new float[positions.length * half];
    for (int t = 0; t < positions.length; t++) {
      System.arraycopy(known.cos, positions[t] * half, cos, t * half, half);
      System.arraycopy(known.sin, positions[t] * half, sin, t * half, half);
    }
    Shape shape = new Shape(positions.length, 1, half);
    NDArray cosines = manager.create(cos, shape);
    NDArray sines = manager.create(sin, shape);
    return (qkv, layout, tape) -> rotate(qkv, cosines, sines, layout.ops(), tape);
  }

  private static NDArray rotate(
      NDArray qkv, NDArray cosines, NDArray sines, QkvOps ops, Tape tape) {
    NDArray rotated = ops.rotate().apply(qkv, cosines, sines);
    if (tape.tracks(qkv)) {
      tape.record(rotated, (d, t) -> t.give(qkv, ops.rotateBack().apply(d, cosines, sines)));
    }
    return rotated;
  }

  @Override
  public Optional<NDArray> mask(NDManager manager, int length) {
    return Optional.empty();
  }

  @Override
  public NDArray decodeMask(NDManager manager, int[] lengths, int padded) {
    float[] mask = new float[lengths.length * padded];
    for (int b = 0; b < lengths.length; b++) {
      Arrays.fill(mask, b * padded + lengths[b], (b + 1) * padded, Float.NEGATIVE_INFINITY);
    }
    return manager.create(mask, new Shape(lengths.length, 1, 1, padded));
  }

  @Override
  public String writeRotation(TokenScript script, String x) {
    int half = inverseFrequencies.length;
    if (2 * half == headDim) {
      return script.let(rotation(x, half));
    }
    String first = script.let("torch.slice(%s, 1, 0, %d)".formatted(x, 2 * half));
    String rest = "torch.slice(%s, 1, %d)".formatted(x, 2 * half);
    return script.let("torch.cat([%s, %s], 1)".formatted(rotation(first, half), rest));
  }

  private static String rotation(String x, int half) {
    return "torch.addcmul(torch.mul(%s, cos), torch.roll(%s, [%d], [1]), sin)"
        .formatted(x, x, half);
  }

  @Override
  public boolean masksTokens() {
    return false;
  }

  @Override
  public float[] inverseFrequencies() {
    return inverseFrequencies.clone();
  }

  @Override
  public float attentionFactor() {
    return attentionFactor;
  }

  @Override
  public float[] slopes() {
    return new float[0];
  }

  @Override
  public TokenTables tokenTables(NDManager manager, int position) {
    int half = inverseFrequencies.length;
    Table known = tableUpTo(position);
    float[] cos = new float[2 * half];
    float[] sin = new float[2 * half];
    for (int i = 0; i < half; i++) {
      cos[i] = known.cos[position * half + i];
      cos[half + i] = cos[i];
      sin[half + i] = known.sin[position * half + i];
      sin[i] = -sin[half + i];
    }
    NDArray cosines = manager.create(cos);
    return new TokenTables(cosines, manager.create(sin), cosines);
  }

  private Table tableUpTo(int position) {
    Table known = table;
    int half = inverseFrequencies.length;
    if ((position + 1) * half <= known.cos.length) {
      return known;
    }
    int rows = Math.max(256, Integer.highestOneBit(position) * 2);
    float[] cos = new float[rows * half];
    float[] sin = new float[rows * half];
    for (int p = 0; p < rows; p++) {
      for (int i = 0; i < half; i++) {
        double angle = p * inverseFrequencies[i];
        cos[p * half + i] = (float) Math.cos(angle) * attentionFactor;
        sin[p * half + i] = (float) Math.sin(angle) * attentionFactor;
      }
    }
    table = new Table(cos, sin);
    return table;
  }

  private record Table(float[] cos, float[] sin) {}
}
