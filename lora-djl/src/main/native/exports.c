/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Java calls: addresses, sizes and switches, nothing that needs a header.
 * Arrays lie one value after the other; nothing is checked here, Java does that.
 */
#include "lora4j.h"

#include <stdlib.h>
#include <string.h>

const kernels *K = &KERNELS_plain;

/*
 * Chooses the widest instruction set that this processor has, up to `widest` (0 plain, 1 AVX2,
 * 2 AVX-512), and returns the one chosen.
 */
EXPORT int32_t lora4j_choose(int32_t widest) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (avx512 && widest >= 2) {
    K = &KERNELS_avx512;
    return 2;
  }
  if (avx2 && widest >= 1) {
    K = &KERNELS_avx2;
    return 1;
  }
#endif
  K = &KERNELS_plain;
  return 0;
}

/* ---- products ---- */

typedef struct {
  product p;
  const float *w;
  int64_t columns;
} task_f32;

static void run_f32(void *data, int64_t from, int64_t to) {
  const task_f32 *t = data;
  K->product_f32(&t->p, t->w, t->columns, from, to);
}

static int64_t grain_of(int64_t columns, int64_t multiple) {
  int64_t grain = GRAIN_VALUES / (columns > 0 ? columns : 1);
  return (grain / multiple + 1) * multiple;
}

/*
 * y[batch][rows] = x[batch][columns] · wᵀ + bias, w[rows][columns]; bias may be null; y is added to
 * if `add`.
 */
EXPORT void lora4j_product_f32(const float *w, int64_t rows, int64_t columns, const float *x,
                               int64_t batch, float *y, const float *bias, int32_t add) {
  task_f32 t = {{x, columns, batch, y, rows, bias, add}, w, columns};
  parallel_for(rows, grain_of(columns, 4), run_f32, &t);
}

typedef struct {
  product p;
  matrix4 w;
} task_4bit;

static void run_4bit(void *data, int64_t from, int64_t to) {
  const task_4bit *t = data;
  K->product_4bit(&t->p, &t->w, from, to);
}

matrix4 matrix(const uint8_t *packed, int32_t fp4, int64_t block, int64_t columns,
               const void *absmax, const float *nested, const float *nested_absmax, float offset) {
  matrix4 m = {packed, fp4 ? &CODEBOOK_FP4 : &CODEBOOK_NF4, {0}, block, columns};
  m.scales.nested = nested;
  m.scales.nested_absmax = nested_absmax;
  m.scales.offset = offset;
  if (nested) {
    m.scales.codes = absmax;
  } else {
    m.scales.absmax = absmax;
  }
  return m;
}

/*
 * y[batch][rows] = x[batch][columns] · wᵀ + bias with a 4-bit w that is never written out.
 * `absmax` holds bytes where `nested` (256 values) is not null, float32 where it is.
 * Returns 0, or 1 if there is no memory for a copy of x.
 */
EXPORT int32_t lora4j_product_4bit(const uint8_t *packed, int32_t fp4, int64_t block,
                                   const void *absmax, const float *nested,
                                   const float *nested_absmax, float offset, int64_t rows,
                                   int64_t columns, const float *x, int64_t batch, float *y,
                                   const float *bias, int32_t add) {
  task_4bit t = {{x, columns, batch, y, rows, bias, add},
                 matrix(packed, fp4, block, columns, absmax, nested, nested_absmax, offset)};
  float *ordered = malloc((size_t)(batch * columns) * sizeof(float));
  if (!ordered) {
    return 1;
  }
  int reordered = 1;
  for (int64_t b = 0; b < batch && reordered; b++) {
    reordered = K->order_for_4bit(&t.w, x + b * columns, ordered + b * columns);
  }
  if (reordered) {
    t.p.x = ordered;
  }
  parallel_for(rows, grain_of(columns, 1), run_4bit, &t);
  free(ordered);
  return 0;
}

/* ---- 4-bit codes and values ---- */

typedef struct {
  matrix4 w;
  int64_t n;
  void *out;
  int32_t type;
} task_dequantize;

/* Values that are made in float32 before they are rounded to 16 bits. */
#define ROUNDED 1024

static void run_dequantize(void *data, int64_t from, int64_t to) {
  const task_dequantize *t = data;
  if (t->type == 0) {
    K->dequantize_4bit(&t->w, from, to, (float *)t->out + from);
    return;
  }
  float values[ROUNDED];
  for (int64_t i = from; i < to; i += ROUNDED) {
    int64_t n = to - i < ROUNDED ? to - i : ROUNDED;
    K->dequantize_4bit(&t->w, i, i + n, values);
    (t->type == 1 ? K->to_float16 : K->to_bfloat16)(values, n, (uint16_t *)t->out + i);
  }
}

/* out[n] of a 4-bit tensor; `type` 0 float32, 1 float16, 2 bfloat16. */
EXPORT void lora4j_dequantize_4bit(const uint8_t *packed, int32_t fp4, int64_t block,
                                   const void *absmax, const float *nested,
                                   const float *nested_absmax, float offset, int64_t n, void *out,
                                   int32_t type) {
  task_dequantize t = {matrix(packed, fp4, block, 0, absmax, nested, nested_absmax, offset), n, out,
                       type};
  parallel_for(n, GRAIN_VALUES, run_dequantize, &t);
}

typedef struct {
  const float *w;
  int64_t n;
  int64_t block;
  const codebook4 *book;
  uint8_t *packed;
  float *absmax;
} task_quantize;

static void run_quantize(void *data, int64_t from, int64_t to) {
  const task_quantize *t = data;
  K->quantize_4bit(t->w, t->n, t->block, t->book, from, to, t->packed, t->absmax);
}

/* packed[(n + 1) / 2] and absmax[blocks] of n values; block at most 4096. */
EXPORT void lora4j_quantize_4bit(const float *w, int64_t n, int64_t block, int32_t fp4,
                                 uint8_t *packed, float *absmax) {
  task_quantize t = {w, n, block, fp4 ? &CODEBOOK_FP4 : &CODEBOOK_NF4, packed, absmax};
  parallel_for((n + block - 1) / block, GRAIN_VALUES / block + 1, run_quantize, &t);
}
