/* SPDX-License-Identifier: Apache-2.0 */
/* Products in which one side is only a rank wide: what a low-rank update is made of. */
#ifndef LORA4J_LOW_RANK_H
#define LORA4J_LOW_RANK_H

#include <stdint.h>

/* Rows of a matrix: values of a row lie one after the other, rows `stride` values apart. */
typedef struct {
  float *values;
  int64_t stride;
} rows_of;

typedef struct {
  /* h[t][j] = scale * x[t] . m[j], for t in from..to-1; m is (rank, columns). */
  void (*narrow)(const rows_of *x, const float *m, int64_t rank, int64_t columns, float scale,
                 const rows_of *h, int64_t from, int64_t to);
  /* y[t] += sum over j of h[t][j] * m[j]. */
  void (*widen)(const rows_of *h, const float *m, int64_t rank, int64_t columns, const rows_of *y,
                int64_t from, int64_t to);
  /* g[j] += sum over t in from..to-1 of h[t][j] * x[t]; g is (rank, columns). */
  void (*outer)(const rows_of *h, const rows_of *x, int64_t rank, int64_t columns, float *g,
                int64_t from, int64_t to);
} low_rank_kernels;

extern const low_rank_kernels LOW_RANK_plain;
#if defined(__x86_64__)
extern const low_rank_kernels LOW_RANK_avx2;
extern const low_rank_kernels LOW_RANK_avx512;
#endif

#endif
