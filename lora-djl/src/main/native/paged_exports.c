/* SPDX-License-Identifier: Apache-2.0 */
/* Attention over pages as Java calls it. Nothing is checked here, Java does that. */
#include "lora4j.h"
#include "paged.h"

#include <stddef.h>

typedef struct {
  paged_attention attention;
  const paged_kernels *kernels;
} attention_task;

static void attend_piece(void *data, int64_t piece) {
  const attention_task *t = data;
  int64_t heads = t->attention.layer.key_value_heads;
  t->kernels->attend(&t->attention, &t->attention.sequences[piece / heads], piece % heads);
}

/*
 * Attention of a step's rows in one layer: keys and values go into the pages of their sequences,
 * queries attend to what is there. `layer` is where the layer begins in the first page, q, k, v and
 * y are rows of heads, `sequences` are four numbers each as page_sequence has them.
 */
EXPORT void lora4j_paged_attention(float *layer, int64_t page_floats, int64_t key_value_heads,
                                   int64_t tokens, int64_t head_dim, float *q, int64_t q_row,
                                   float *k, int64_t k_row, float *v, int64_t v_row, float *y,
                                   int64_t query_heads, const int32_t *sequences, int64_t count,
                                   const int32_t *pages, const float *slopes, int64_t window,
                                   float scale, float cap) {
  attention_task t = {
      .attention = {.layer = {layer, page_floats, key_value_heads, tokens, head_dim},
                    .q = {q, q_row},
                    .k = {k, k_row},
                    .v = {v, v_row},
                    .y = {y, query_heads * head_dim},
                    .query_heads = query_heads,
                    .sequences = (const page_sequence *)sequences,
                    .pages = pages,
                    .slopes = slopes,
                    .window = window,
                    .scale = scale,
                    .cap = cap},
      .kernels = IN_USE(PAGED)};
  pieces_for(count * key_value_heads, attend_piece, &t);
}
