/* SPDX-License-Identifier: Apache-2.0 */
/* Attention of rows to the pages of their sequences. */
#ifndef LORA4J_PAGED_H
#define LORA4J_PAGED_H

#include <stdint.h>

/* One layer of a pool's pages: [pages] each [key, value][key_value_heads][tokens][head_dim]. */
typedef struct {
  float *memory;       /* of the layer in the first page */
  int64_t page_floats; /* from a page to the next */
  int64_t key_value_heads;
  int64_t tokens;
  int64_t head_dim;
} layer_pages;

/* Rows that one sequence brings to a step. */
typedef struct {
  int32_t first_row;
  int32_t rows;
  int32_t first_position;
  int32_t table; /* where its pages begin among those of all */
} page_sequence;

/* Heads of rows: head h of row t begins at values + t * row + h * head_dim. */
typedef struct {
  float *values;
  int64_t row;
} row_heads;

typedef struct {
  layer_pages layer;
  row_heads q;
  row_heads k;
  row_heads v;
  row_heads y;
  int64_t query_heads;
  const page_sequence *sequences;
  const int32_t *pages;
  const float *slopes; /* by query head, or null */
  int64_t window;      /* keys that a query sees, itself included */
  float scale;
  float cap; /* of scores, or 0 for none */
} paged_attention;

typedef struct {
  /*
   * Puts the keys and values of a sequence's rows into its pages and attends with the queries of
   * these rows that share a key and value head.
   */
  void (*attend)(const paged_attention *a, const page_sequence *s, int64_t head);
} paged_kernels;

extern const paged_kernels PAGED_plain;
#if defined(__x86_64__)
extern const paged_kernels PAGED_avx2;
extern const paged_kernels PAGED_avx512;
#endif

#endif
