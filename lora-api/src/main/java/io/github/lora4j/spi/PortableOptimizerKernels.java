// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;

/** The formulas in Java, over pieces that stay in the processor's first cache. */
final class PortableOptimizerKernels implements OptimizerKernels {
  private static final BlockCode MEAN = BlockCode.signed();
  private static final BlockCode VARIANCE = BlockCode.unsigned();
  private static final int PIECE = 1024;

  /** {@inheritDoc} Nothing can be said of an engine that is not known. */
  @Override
  public Optional<ByteBuffer> memory(NDArray array, long from, int count) {
    return Optional.empty();
  }

  @Override
  public void adamW(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer mean,
      ByteBuffer variance,
      AdamWStep step) {
    FloatBuffer parameters = floats(parameter);
    FloatBuffer gradients = floats(gradient);
    FloatBuffer means = floats(mean);
    FloatBuffer variances = floats(variance);
    float[] p = new float[PIECE];
    float[] g = new float[PIECE];
    float[] m = new float[PIECE];
    float[] v = new float[PIECE];
    int values = parameters.remaining();
    for (int from = 0; from < values; from += PIECE) {
      int count = Math.min(PIECE, values - from);
      parameters.get(from, p, 0, count);
      gradients.get(from, g, 0, count);
      means.get(from, m, 0, count);
      variances.get(from, v, 0, count);
      updateMoments(g, m, v, count, step);
      updateParameter(p, m, v, count, step);
      parameters.put(from, p, 0, count);
      means.put(from, m, 0, count);
      variances.put(from, v, 0, count);
    }
  }

  @Override
  public void adamW8(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer meanCodes,
      ByteBuffer meanAbsmax,
      ByteBuffer varianceCodes,
      ByteBuffer varianceAbsmax,
      AdamWStep step) {
    FloatBuffer parameters = floats(parameter);
    FloatBuffer gradients = floats(gradient);
    FloatBuffer meanScales = floats(meanAbsmax);
    FloatBuffer varianceScales = floats(varianceAbsmax);
    float[] p = new float[BLOCK_SIZE];
    float[] g = new float[BLOCK_SIZE];
    float[] m = new float[BLOCK_SIZE];
    float[] v = new float[BLOCK_SIZE];
    byte[] codes = new byte[BLOCK_SIZE];
    int values = parameters.remaining();
    for (int block = 0, from = 0; from < values; block++, from += BLOCK_SIZE) {
      int count = Math.min(BLOCK_SIZE, values - from);
      parameters.get(from, p, 0, count);
      gradients.get(from, g, 0, count);
      meanCodes.get(meanCodes.position() + from, codes, 0, count);
      MEAN.decode(codes, meanScales.get(block), m, count);
      varianceCodes.get(varianceCodes.position() + from, codes, 0, count);
      VARIANCE.decode(codes, varianceScales.get(block), v, count);
      updateMoments(g, m, v, count, step);
      clearSkipped(g, m, v, count);
      updateFinite(p, g, m, v, count, step);
      parameters.put(from, p, 0, count);
      meanScales.put(block, MEAN.encode(m, codes, count));
      meanCodes.put(meanCodes.position() + from, codes, 0, count);
      varianceScales.put(block, VARIANCE.encode(v, codes, count));
      varianceCodes.put(varianceCodes.position() + from, codes, 0, count);
    }
  }

  private static void updateMoments(float[] g, float[] m, float[] v, int count, AdamWStep step) {
    float meanShare = step.meanShare();
    float varianceKeep = step.varianceKeep();
    float varianceShare = step.varianceShare();
    for (int i = 0; i < count; i++) {
      m[i] = m[i] + (g[i] - m[i]) * meanShare;
      v[i] = v[i] * varianceKeep + varianceShare * g[i] * g[i];
    }
  }

  private static void updateParameter(float[] p, float[] m, float[] v, int count, AdamWStep step) {
    float keep = step.keep();
    float pace = step.pace();
    float rootCorrection = step.rootCorrection();
    float epsilon = step.epsilon();
    for (int i = 0; i < count; i++) {
      float denominator = (float) Math.sqrt(v[i]) / rootCorrection + epsilon;
      p[i] = p[i] * keep - pace * m[i] / denominator;
    }
  }

  private static void clearSkipped(float[] g, float[] m, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(g[i])) {
        m[i] = 0;
        v[i] = 0;
      }
    }
  }

  private static void updateFinite(
      float[] p, float[] g, float[] m, float[] v, int count, AdamWStep step) {
    float[] before = p.clone();
    updateParameter(p, m, v, count, step);
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(g[i])) {
        p[i] = before[i];
      }
    }
  }

  private static FloatBuffer floats(ByteBuffer bytes) {
    return bytes.slice().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
