// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/** The native library's functions for token programs, under the names they have there. */
@SuppressWarnings("MethodName")
final class ProgramFunctions {
  private ProgramFunctions() {}

  static native long lora4j_program_new(long layers);

  static native void lora4j_program_free(long program);

  static native void lora4j_program_cache(
      long program,
      long layer,
      long keys,
      long values,
      long keyValueHeads,
      long capacity,
      long headDim);

  static native void lora4j_program_barrier(long program);

  static native void lora4j_program_run(
      long program, int[] tokenIds, int[] positions, int sequences);

  static native int lora4j_program_embed(long program, long table, long width, float scale, long y);

  static native int lora4j_program_add_position(long program, long table, long width, long y);

  static native int lora4j_program_norm(
      long program, long x, long w, long bias, long width, long vectors, float epsilon, long y);

  static native int lora4j_program_product_f32(
      long program,
      long w,
      long rows,
      long columns,
      long x,
      long y,
      long bias,
      int add,
      long hidden,
      long bt,
      long rank);

  static native int lora4j_program_order(long program, long block, long x, long width, long y);

  static native int lora4j_program_product_4bit(
      long program,
      long packed,
      int fp4,
      long block,
      long absmax,
      long nested,
      long nestedAbsmax,
      float offset,
      long rows,
      long columns,
      long ordered,
      long y,
      long bias,
      int add,
      long hidden,
      long bt,
      long rank);

  static native int lora4j_program_angles(
      long program, long frequencies, long half, float factor, long angles);

  static native int lora4j_program_attention(
      long program,
      long layer,
      long q,
      long qRow,
      long qHead,
      long k,
      long kRow,
      long kHead,
      long v,
      long vRow,
      long vHead,
      long queryHeads,
      long angles,
      long half,
      long slopes,
      long window,
      float scale,
      float cap,
      long y);

  static native int lora4j_program_silu_gate(
      long program, long gate, long up, long width, long row, long y);

  static native int lora4j_program_gelu_tanh_gate(
      long program, long gate, long up, long width, long row, long y);

  static native int lora4j_program_add(long program, long a, long b, long width, long y);

  static native int lora4j_program_soft_cap(long program, long x, long width, float cap, long y);

  static native int lora4j_program_gelu_tanh(long program, long x, long width, long y);

  static native void lora4j_argmax(long x, long rows, long width, int[] out);
}
