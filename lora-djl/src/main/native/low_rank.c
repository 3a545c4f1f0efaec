/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops of low-rank updates, compiled once for each instruction set. A product with a
 * side of 8 or 16 is limited by memory, not arithmetic: each wide row is read once from the cache
 * and serves several ranks at a time.
 */
#include "low_rank.h"
#include "vectors.h"

/* Rows and ranks of a tile: sixteen sums stay in registers. */
#define ROWS 4
#define RANKS 4

INLINE void narrow_tile(const rows_of *x, const float *m, int64_t columns, float scale,
                        const rows_of *h, int64_t t, int64_t j, int rows, int ranks) {
  vfloat sums[ROWS][RANKS];
  for (int r = 0; r < rows; r++) {
    for (int k = 0; k < ranks; k++) {
      sums[r][k] = (vfloat){0};
    }
  }
  const float *from_x = x->values + t * x->stride, *from_m = m + j * columns;
  int64_t c = 0;
  for (; c + LANES <= columns; c += LANES) {
    vfloat factor[RANKS];
    for (int k = 0; k < ranks; k++) {
      factor[k] = load(from_m + k * columns + c);
    }
    for (int r = 0; r < rows; r++) {
      vfloat value = load(from_x + r * x->stride + c);
      for (int k = 0; k < ranks; k++) {
        sums[r][k] = fused(value, factor[k], sums[r][k]);
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int k = 0; k < ranks; k++) {
      float s = sum(sums[r][k]);
      for (int64_t rest = c; rest < columns; rest++) {
        s += from_x[r * x->stride + rest] * from_m[k * columns + rest];
      }
      h->values[(t + r) * h->stride + j + k] = scale * s;
    }
  }
}

static void narrow(const rows_of *x, const float *m, int64_t rank, int64_t columns, float scale,
                   const rows_of *h, int64_t from, int64_t to) {
  int64_t t = from;
  for (; t + ROWS <= to; t += ROWS) {
    int64_t j = 0;
    for (; j + RANKS <= rank; j += RANKS) {
      narrow_tile(x, m, columns, scale, h, t, j, ROWS, RANKS);
    }
    for (; j < rank; j++) {
      narrow_tile(x, m, columns, scale, h, t, j, ROWS, 1);
    }
  }
  for (; t < to; t++) {
    for (int64_t j = 0; j < rank; j++) {
      narrow_tile(x, m, columns, scale, h, t, j, 1, 1);
    }
  }
}

INLINE void widen_tile(const rows_of *h, const float *m, int64_t rank, int64_t columns,
                       const rows_of *y, int64_t t, int rows) {
  const float *weights = h->values + t * h->stride;
  float *out = y->values + t * y->stride;
  int64_t c = 0;
  for (; c + 2 * LANES <= columns; c += 2 * LANES) {
    vfloat sums[ROWS][2];
    for (int r = 0; r < rows; r++) {
      sums[r][0] = load(out + r * y->stride + c);
      sums[r][1] = load(out + r * y->stride + c + LANES);
    }
    for (int64_t j = 0; j < rank; j++) {
      vfloat low = load(m + j * columns + c), high = load(m + j * columns + c + LANES);
      for (int r = 0; r < rows; r++) {
        vfloat weight = all(weights[r * h->stride + j]);
        sums[r][0] = fused(weight, low, sums[r][0]);
        sums[r][1] = fused(weight, high, sums[r][1]);
      }
    }
    for (int r = 0; r < rows; r++) {
      store(out + r * y->stride + c, sums[r][0]);
      store(out + r * y->stride + c + LANES, sums[r][1]);
    }
  }
  for (; c < columns; c++) {
    for (int r = 0; r < rows; r++) {
      for (int64_t j = 0; j < rank; j++) {
        out[r * y->stride + c] += weights[r * h->stride + j] * m[j * columns + c];
      }
    }
  }
}

static void widen(const rows_of *h, const float *m, int64_t rank, int64_t columns,
                  const rows_of *y, int64_t from, int64_t to) {
  int64_t t = from;
  for (; t + ROWS <= to; t += ROWS) {
    widen_tile(h, m, rank, columns, y, t, ROWS);
  }
  for (; t < to; t++) {
    widen_tile(h, m, rank, columns, y, t, 1);
  }
}

/* Rows that are summed before the result is touched again. */
#define DEPTH 8

INLINE void outer_tile(const rows_of *h, const rows_of *x, int64_t columns, float *g, int64_t t,
                       int64_t j, int depth, int ranks) {
  const float *weights = h->values + t * h->stride + j;
  const float *in = x->values + t * x->stride;
  float *out = g + j * columns;
  int64_t c = 0;
  for (; c + LANES <= columns; c += LANES) {
    vfloat values[DEPTH];
    for (int d = 0; d < depth; d++) {
      values[d] = load(in + d * x->stride + c);
    }
    for (int k = 0; k < ranks; k++) {
      vfloat s = load(out + k * columns + c);
      for (int d = 0; d < depth; d++) {
        s = fused(all(weights[d * h->stride + k]), values[d], s);
      }
      store(out + k * columns + c, s);
    }
  }
  for (; c < columns; c++) {
    for (int k = 0; k < ranks; k++) {
      for (int d = 0; d < depth; d++) {
        out[k * columns + c] += weights[d * h->stride + k] * in[d * x->stride + c];
      }
    }
  }
}

INLINE void outer_rows(const rows_of *h, const rows_of *x, int64_t rank, int64_t columns, float *g,
                       int64_t t, int depth) {
  int64_t j = 0;
  for (; j + RANKS <= rank; j += RANKS) {
    outer_tile(h, x, columns, g, t, j, depth, RANKS);
  }
  for (; j < rank; j++) {
    outer_tile(h, x, columns, g, t, j, depth, 1);
  }
}

static void outer(const rows_of *h, const rows_of *x, int64_t rank, int64_t columns, float *g,
                  int64_t from, int64_t to) {
  int64_t t = from;
  for (; t + DEPTH <= to; t += DEPTH) {
    outer_rows(h, x, rank, columns, g, t, DEPTH);
  }
  for (; t < to; t++) {
    outer_rows(h, x, rank, columns, g, t, 1);
  }
}

const low_rank_kernels TABLE(LOW_RANK_, ISA) = {.narrow = narrow, .widen = widen, .outer = outer};
