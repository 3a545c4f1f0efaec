// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/** The functions of the native library under the names they have there; bound by JNA. */
@SuppressWarnings("MethodName")
final class NativeFunctions {
  private NativeFunctions() {}

  static native int lora4j_attach();

  static native int lora4j_choose(int widest);

  static native long lora4j_data(long tensor);

  static native long lora4j_rows(long tensor, long[] stride);

  static native void lora4j_narrow(
      long x,
      long xStride,
      long rows,
      long columns,
      long m,
      long rank,
      float scale,
      long h,
      long hStride);

  static native void lora4j_widen(
      long h, long hStride, long rows, long rank, long m, long columns, long y, long yStride);

  static native int lora4j_outer(
      long h,
      long hStride,
      long x,
      long xStride,
      long rows,
      long rank,
      long columns,
      int transposed,
      long g);

  static native void lora4j_transpose(long in, long rows, long columns, long out);

  static native void lora4j_rank_terms(
      long x, long xRow, long in, long y, long yRow, long[] terms, long count);

  static native void lora4j_paged_attention(
      long layer,
      long pageFloats,
      long keyValueHeads,
      long tokens,
      long headDim,
      long q,
      long qRow,
      long k,
      long kRow,
      long v,
      long vRow,
      long y,
      long queryHeads,
      int[] sequences,
      long count,
      int[] pages,
      long slopes,
      long window,
      float scale,
      float cap);

  static native void lora4j_product_f32(
      long w, long rows, long columns, long x, long batch, long y, long bias, int add);

  static native int lora4j_product_4bit(
      long packed,
      int fp4,
      long block,
      long absmax,
      long nested,
      long nestedAbsmax,
      float offset,
      long rows,
      long columns,
      long x,
      long batch,
      long y,
      long bias,
      int add);

  static native void lora4j_dequantize_4bit(
      long packed,
      int fp4,
      long block,
      long absmax,
      long nested,
      long nestedAbsmax,
      float offset,
      long n,
      long out,
      int type);

  static native void lora4j_quantize_4bit(
      long w, long n, long block, int fp4, long packed, long absmax);

  static native void lora4j_adamw_maps(float[] mean, float[] variance);

  static native void lora4j_adamw32(
      long parameter,
      long gradient,
      long mean,
      long variance,
      long n,
      float keep,
      float meanShare,
      float varianceKeep,
      float varianceShare,
      float pace,
      float rootCorrection,
      float epsilon);

  static native void lora4j_adamw8(
      long parameter,
      long gradient,
      long meanCodes,
      long meanAbsmax,
      long varianceCodes,
      long varianceAbsmax,
      long n,
      float keep,
      float meanShare,
      float varianceKeep,
      float varianceShare,
      float pace,
      float rootCorrection,
      float epsilon);
}
