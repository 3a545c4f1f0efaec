/* SPDX-License-Identifier: Apache-2.0 */
/* The low-rank updates of a step's rows, many of them with few rows each. */
#ifndef LORA4J_RANK_TERMS_H
#define LORA4J_RANK_TERMS_H

#include <stdint.h>

/* y[row..row+rows) += scaling · (x a^T) bt in some columns; as Java lays it out. */
typedef struct {
  const float *a;  /* [rank][in] */
  const float *bt; /* [rank][columns] */
  int64_t rank;
  int64_t row;
  int64_t rows;
  int64_t column; /* of y, the first */
  int64_t columns;
  double scaling;
} rank_term;

/* Rows of a term that are done together. */
#define TERM_ROWS 4

typedef struct {
  /* Adds a term's update on rows from..to-1 of the term, TERM_ROWS at most. */
  void (*add)(const rank_term *t, const float *x, int64_t x_row, int64_t in, float *y,
              int64_t y_row, int64_t from, int64_t to);
} rank_term_kernels;

extern const rank_term_kernels RANK_TERMS_plain;
#if defined(__x86_64__)
extern const rank_term_kernels RANK_TERMS_avx2;
extern const rank_term_kernels RANK_TERMS_avx512;
#endif

#endif
