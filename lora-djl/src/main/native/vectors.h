/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors as wide as the instruction set that this file is compiled for. */
#ifndef LORA4J_VECTORS_H
#define LORA4J_VECTORS_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define ISA avx512
#define LANES 16
#elif defined(__AVX2__)
#define ISA avx2
#define LANES 8
#else
#define ISA plain
#define LANES 4
#endif

#if defined(__AVX2__)
#include <immintrin.h>
#endif

typedef float vfloat __attribute__((vector_size(LANES * 4)));
typedef int32_t vint __attribute__((vector_size(LANES * 4)));

#define INLINE static inline __attribute__((always_inline))

INLINE vfloat load(const float *p) {
  vfloat v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store(float *p, vfloat v) { memcpy(p, &v, sizeof v); }

INLINE vfloat all(float value) { return value - (vfloat){0}; }

/* a b + c with one rounding, where the instruction set has it. */
INLINE vfloat fused(vfloat a, vfloat b, vfloat c) {
#if LANES == 16
  return (vfloat)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif LANES == 8
  return (vfloat)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

INLINE float sum(vfloat v) {
#if LANES == 16
  return _mm512_reduce_add_ps((__m512)v);
#else
  float s = 0;
  for (int i = 0; i < LANES; i++) {
    s += v[i];
  }
  return s;
#endif
}

/* a . b */
INLINE float dot(const float *a, const float *b, int64_t n) {
  vfloat s = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    s = fused(load(a + i), load(b + i), s);
  }
  float rest = 0;
  for (; i < n; i++) {
    rest += a[i] * b[i];
  }
  return sum(s) + rest;
}

/* The name of a family's table of functions for this instruction set. */
#define JOIN(a, b) a##b
#define TABLE(family, isa) JOIN(family, isa)

#endif
