/* SPDX-License-Identifier: Apache-2.0 */
/* Low-rank updates of many adapters as Java calls them. Nothing is checked here, Java does that. */
#include "lora4j.h"
#include "rank_terms.h"

typedef struct {
  const rank_term_kernels *kernels;
  const rank_term *terms;
  int64_t count;
  const float *x;
  int64_t x_row;
  int64_t in;
  float *y;
  int64_t y_row;
} terms_task;

static int64_t pieces_of(const rank_term *t) { return (t->rows + TERM_ROWS - 1) / TERM_ROWS; }

static void add_piece(void *data, int64_t piece) {
  const terms_task *t = data;
  const rank_term *term = t->terms;
  while (piece >= pieces_of(term)) {
    piece -= pieces_of(term++);
  }
  int64_t from = piece * TERM_ROWS;
  int64_t to = from + TERM_ROWS < term->rows ? from + TERM_ROWS : term->rows;
  t->kernels->add(term, t->x, t->x_row, t->in, t->y, t->y_row, from, to);
}

/*
 * Adds the updates of terms, as rank_term has them, whose rows or columns of y are apart;
 * x[...][in], rows of x and y some values apart.
 */
EXPORT void lora4j_rank_terms(const float *x, int64_t x_row, int64_t in, float *y, int64_t y_row,
                              const int64_t *terms, int64_t count) {
  terms_task t = {IN_USE(RANK_TERMS), (const rank_term *)terms, count, x, x_row, in, y, y_row};
  int64_t pieces = 0;
  for (int64_t i = 0; i < count; i++) {
    pieces += pieces_of(&t.terms[i]);
  }
  pieces_for(pieces, add_piece, &t);
}
