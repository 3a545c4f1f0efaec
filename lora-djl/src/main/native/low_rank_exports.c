/* SPDX-License-Identifier: Apache-2.0 */
/* Low-rank updates as Java calls them. Nothing is checked here, Java does that. */
#include "low_rank.h"
#include "lora4j.h"

#include <stdlib.h>
#include <string.h>

/* Products below which a second thread costs more than it brings. */
#define GRAIN_PRODUCTS (1 << 16)

static const low_rank_kernels *chosen(void) {
  return IN_USE(LOW_RANK);
}

typedef struct {
  const low_rank_kernels *kernels;
  rows_of wide;
  rows_of hidden;
  const float *m;
  int64_t rank;
  int64_t columns;
  float scale;
} task;

static int64_t grain_of(int64_t rank, int64_t columns) {
  return (GRAIN_PRODUCTS / (rank * columns + 1) / 8 + 1) * 8;
}

static void run_narrow(void *data, int64_t from, int64_t to) {
  const task *t = data;
  t->kernels->narrow(&t->wide, t->m, t->rank, t->columns, t->scale, &t->hidden, from, to);
}

/* h[rows][rank] = scale * x[rows][columns] . m^T, m[rank][columns]; strides in values. */
EXPORT void lora4j_narrow(const float *x, int64_t x_stride, int64_t rows, int64_t columns,
                          const float *m, int64_t rank, float scale, float *h, int64_t h_stride) {
  task t = {chosen(), {(float *)x, x_stride}, {h, h_stride}, m, rank, columns, scale};
  parallel_for(rows, grain_of(rank, columns), run_narrow, &t);
}

static void run_widen(void *data, int64_t from, int64_t to) {
  const task *t = data;
  t->kernels->widen(&t->hidden, t->m, t->rank, t->columns, &t->wide, from, to);
}

/* y[rows][columns] += h[rows][rank] . m, m[rank][columns]. */
EXPORT void lora4j_widen(const float *h, int64_t h_stride, int64_t rows, int64_t rank,
                         const float *m, int64_t columns, float *y, int64_t y_stride) {
  task t = {chosen(), {y, y_stride}, {(float *)h, h_stride}, m, rank, columns, 1};
  parallel_for(rows, grain_of(rank, columns), run_widen, &t);
}

/* The rows are cut into shares, each with a sum of its own: the result does not depend on timing. */
typedef struct {
  task base;
  int64_t rows;
  int64_t shares;
  float *sums; /* (shares, rank, columns) */
} outer_task;

static void run_outer(void *data, int64_t from, int64_t to) {
  const outer_task *t = data;
  const task *b = &t->base;
  for (int64_t share = from; share < to; share++) {
    float *g = t->sums + share * b->rank * b->columns;
    memset(g, 0, (size_t)(b->rank * b->columns) * sizeof(float));
    b->kernels->outer(&b->hidden, &b->wide, b->rank, b->columns, g, t->rows * share / t->shares,
                      t->rows * (share + 1) / t->shares);
  }
}

/*
 * The sum over rows of h[row] (x) x[row]: g[rank][columns], or, transposed, g[columns][rank].
 * Returns 0, or 1 if there is no memory for the sums.
 */
EXPORT int32_t lora4j_outer(const float *h, int64_t h_stride, const float *x, int64_t x_stride,
                            int64_t rows, int64_t rank, int64_t columns, int32_t transposed,
                            float *g) {
  task base = {chosen(), {(float *)x, x_stride}, {(float *)h, h_stride}, NULL, rank, columns, 1};
  int64_t size = rank * columns;
  int64_t shares = rows * size < GRAIN_PRODUCTS ? 1 : threads_of_a_task();
  outer_task t = {base, rows, shares, malloc((size_t)(shares * size) * sizeof(float))};
  if (!t.sums) {
    return 1;
  }
  parallel_for(shares, 1, run_outer, &t);
  for (int64_t share = 1; share < shares; share++) {
    for (int64_t i = 0; i < size; i++) {
      t.sums[i] += t.sums[share * size + i];
    }
  }
  for (int64_t j = 0; j < rank; j++) {
    for (int64_t c = 0; c < columns; c++) {
      g[transposed ? c * rank + j : j * columns + c] = t.sums[j * columns + c];
    }
  }
  free(t.sums);
  return 0;
}

/* out[columns][rows] of in[rows][columns]. */
EXPORT void lora4j_transpose(const float *in, int64_t rows, int64_t columns, float *out) {
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) {
      out[c * rows + r] = in[r * columns + c];
    }
  }
}
