/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops of rank_terms.h, compiled once for each instruction set. Factors of many adapters
 * do not fit into caches: each is read once, one row after the other, for up to four rows of x.
 */
#include "rank_terms.h"

#include "vectors.h"

/* Ranks that go over a row together. */
#define RANKS 4

/* Ranks whose products with x are held at a time. */
#define HELD 64

/* h[r][j] = scaling · x[r] . a[j] for `ranks` rows of a. */
INLINE void narrow_tile(const float *x, int64_t x_row, const float *a, int64_t in, float scaling,
                        int rows, int ranks, float *h) {
  vfloat sums[TERM_ROWS][RANKS];
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < ranks; j++) {
      sums[r][j] = (vfloat){0};
    }
  }
  int64_t c = 0;
  for (; c + LANES <= in; c += LANES) {
    vfloat values[TERM_ROWS];
    for (int r = 0; r < rows; r++) {
      values[r] = load(x + r * x_row + c);
    }
    for (int j = 0; j < ranks; j++) {
      vfloat factor = load(a + j * in + c);
      for (int r = 0; r < rows; r++) {
        sums[r][j] = fused(values[r], factor, sums[r][j]);
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < ranks; j++) {
      float s = sum(sums[r][j]);
      for (int64_t rest = c; rest < in; rest++) {
        s += x[r * x_row + rest] * a[j * in + rest];
      }
      h[r * HELD + j] = scaling * s;
    }
  }
}

/* y[r] += sum over `ranks` rows j of h[r][j] · bt[j]. */
INLINE void widen_tile(const float *h, const float *bt, int64_t columns, int rows, int ranks,
                       float *y, int64_t y_row) {
  int64_t c = 0;
  for (; c + LANES <= columns; c += LANES) {
    vfloat factors[RANKS];
    for (int j = 0; j < ranks; j++) {
      factors[j] = load(bt + j * columns + c);
    }
    for (int r = 0; r < rows; r++) {
      vfloat s = load(y + r * y_row + c);
      for (int j = 0; j < ranks; j++) {
        s = fused(all(h[r * HELD + j]), factors[j], s);
      }
      store(y + r * y_row + c, s);
    }
  }
  for (; c < columns; c++) {
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < ranks; j++) {
        y[r * y_row + c] += h[r * HELD + j] * bt[j * columns + c];
      }
    }
  }
}

INLINE void add_rows(const rank_term *t, const float *x, int64_t x_row, int64_t in, float *y,
                     int64_t y_row, int rows) {
  float h[TERM_ROWS * HELD];
  float scaling = (float)t->scaling;
  for (int64_t first = 0; first < t->rank; first += HELD) {
    int64_t ranks = t->rank - first < HELD ? t->rank - first : HELD;
    const float *a = t->a + first * in, *bt = t->bt + first * t->columns;
    int64_t j = 0;
    for (; j + RANKS <= ranks; j += RANKS) {
      narrow_tile(x, x_row, a + j * in, in, scaling, rows, RANKS, h + j);
    }
    for (; j < ranks; j++) {
      narrow_tile(x, x_row, a + j * in, in, scaling, rows, 1, h + j);
    }
    for (j = 0; j + RANKS <= ranks; j += RANKS) {
      widen_tile(h + j, bt + j * t->columns, t->columns, rows, RANKS, y, y_row);
    }
    for (; j < ranks; j++) {
      widen_tile(h + j, bt + j * t->columns, t->columns, rows, 1, y, y_row);
    }
  }
}

static void add(const rank_term *t, const float *x, int64_t x_row, int64_t in, float *y,
                int64_t y_row, int64_t from, int64_t to) {
  const float *own = x + (t->row + from) * x_row;
  float *result = y + (t->row + from) * y_row + t->column;
  switch (to - from) {
    case 1: add_rows(t, own, x_row, in, result, y_row, 1); break;
    case 2: add_rows(t, own, x_row, in, result, y_row, 2); break;
    case 3: add_rows(t, own, x_row, in, result, y_row, 3); break;
    default: add_rows(t, own, x_row, in, result, y_row, TERM_ROWS); break;
  }
}

const rank_term_kernels TABLE(RANK_TERMS_, ISA) = {.add = add};
