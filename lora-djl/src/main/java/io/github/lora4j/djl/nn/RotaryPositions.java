// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.kernel.RotaryPairing;
import io.github.lora4j.djl.tape.Tape;
import java.util.Arrays;

/**
 * Rotary position embedding (Su et al., 2021) of the first values of each head, or of all;
 * frequencies in float32 as transformers keeps them.
 */
public final class RotaryPositions implements PositionScheme {
  private final float[] inverseFrequencies;
  private final float attentionFactor;
  private final RotaryPairing pairing;
  private volatile Table table = new Table(new float[0], new float[0]);

  /**
   * Creates the scheme, its pairs in halves.
   *
   * @param rotaryDim values of a head that rotate; of an odd number, one more does, as transformers
   *     has it
   * @param theta the base of the frequencies
   * @param scaling how they are stretched
   */
  public RotaryPositions(int rotaryDim, double theta, RopeScaling scaling) {
    this(rotaryDim, theta, scaling, RotaryPairing.HALVES);
  }

  /**
   * Creates the scheme.
   *
   * @param rotaryDim values of a head that rotate; of an odd number, one more does, as transformers
   *     has it
   * @param theta the base of the frequencies
   * @param scaling how they are stretched
   * @param pairing which two values turn together
   */
  public RotaryPositions(int rotaryDim, double theta, RopeScaling scaling, RotaryPairing pairing) {
    this.pairing = pairing;
    attentionFactor = (float) scaling.attentionFactor();
    inverseFrequencies = new float[(rotaryDim + 1) / 2];
    for (int i = 0; i < inverseFrequencies.length; i++) {
      float exponent = 2f * i / rotaryDim;
      inverseFrequencies[i] = (float) scaling.scale(i, (float) (1 / Math.pow(theta, exponent)));
    }
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

  private NDArray rotate(NDArray qkv, NDArray cosines, NDArray sines, QkvOps ops, Tape tape) {
    NDArray rotated = ops.rotate(pairing).apply(qkv, cosines, sines);
    if (tape.tracks(qkv)) {
      tape.record(rotated, (d, t) -> t.give(qkv, ops.rotateBack(pairing).apply(d, cosines, sines)));
    }
    return rotated;
  }

  @Override
  public String writeRotation(TokenScript script, String x) {
    int half = inverseFrequencies.length;
    if (2 * half == script.headDim()) {
      return turned(script, x);
    }
    String turned = turned(script, script.let("torch.slice(%s, 1, 0, %d)".formatted(x, 2 * half)));
    return script.let("torch.cat([%s, torch.slice(%s, 1, %d)], 1)".formatted(turned, x, 2 * half));
  }

  private String turned(TokenScript script, String x) {
    String swapped = pairing.swapped(x, inverseFrequencies.length);
    return script.let("torch.addcmul(torch.mul(%s, cos), %s, sin)".formatted(x, swapped));
  }

  @Override
  public RotaryPairing pairing() {
    return pairing;
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
  public TokenTables tokenTables(NDManager manager, int position) {
    int half = inverseFrequencies.length;
    Table known = tableUpTo(position);
    float[] cos = new float[2 * half];
    float[] sin = new float[2 * half];
    for (int i = 0; i < half; i++) {
      int first = pairing.first(i, half);
      int second = pairing.second(i, half);
      cos[first] = known.cos[position * half + i];
      cos[second] = cos[first];
      sin[second] = known.sin[position * half + i];
      sin[first] = -sin[second];
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
