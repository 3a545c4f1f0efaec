/* SPDX-License-Identifier: Apache-2.0 */
/* What a program can be made of: for each kind of step its work and the function that adds it. */
#include "program.h"

#include <string.h>

static void run_embed(const program *p, const step *s, int64_t piece) {
  (void)piece;
  const embed_step *e = &s->as.embed;
  for (int64_t b = 0; b < p->batch; b++) {
    const float *row = e->table + p->tokens[b] * e->width;
    float *y = e->y + b * e->width;
    for (int64_t i = 0; i < e->width; i++) {
      y[i] = row[i] * e->scale;
    }
  }
}

/* y = scale · the row of each token, of table[vocabulary][width]. */
EXPORT int32_t lora4j_program_embed(program *p, const float *table, int64_t width, float scale,
                                    float *y) {
  step *s = append(p, run_embed, 1);
  if (s) {
    s->as.embed = (embed_step){table, y, width, scale};
  }
  return !s;
}

static void run_add_position(const program *p, const step *s, int64_t piece) {
  (void)piece;
  const embed_step *e = &s->as.embed;
  for (int64_t b = 0; b < p->batch; b++) {
    const float *row = e->table + p->positions[b] * e->width;
    float *y = e->y + b * e->width;
    for (int64_t i = 0; i < e->width; i++) {
      y[i] += row[i];
    }
  }
}

/* y += the row of each token's position, of table[positions][width]. */
EXPORT int32_t lora4j_program_add_position(program *p, const float *table, int64_t width,
                                           float *y) {
  step *s = append(p, run_add_position, 1);
  if (s) {
    s->as.embed = (embed_step){table, y, width, 1};
  }
  return !s;
}

static void run_norm(const program *p, const step *s, int64_t piece) {
  (void)piece;
  const norm_step *n = &s->as.norm;
  for (int64_t v = 0; v < p->batch * n->vectors; v++) {
    const float *x = n->x + v * n->width;
    float *y = n->y + v * n->width;
    if (n->bias) {
      p->t->layer_norm(x, n->w, n->bias, n->width, n->epsilon, y);
    } else {
      p->t->rms_norm(x, n->w, n->width, n->epsilon, y);
    }
  }
}

/*
 * The norm of each of some vectors that lie in a row. With bias it is a layer norm, without a
 * root-mean-square norm; y may be x.
 */
EXPORT int32_t lora4j_program_norm(program *p, const float *x, const float *w, const float *bias,
                                   int64_t width, int64_t vectors, float epsilon, float *y) {
  step *s = append(p, run_norm, 1);
  if (s) {
    s->as.norm = (norm_step){x, w, bias, y, width, vectors, epsilon};
  }
  return !s;
}

static void run_product(const program *p, const step *s, int64_t piece) {
  const product_step *m = &s->as.product;
  int64_t from = piece * m->piece_rows;
  int64_t to = from + m->piece_rows < m->rows ? from + m->piece_rows : m->rows;
  product batch = m->product;
  batch.batch = p->batch;
  if (m->w) {
    p->k->product_f32(&batch, m->w, m->columns, from, to);
  } else {
    p->k->product_4bit(&batch, &m->codes, from, to);
  }
  for (int64_t b = 0; b < p->batch && m->hidden; b++) {
    p->t->low_rank(m->hidden + b * m->rank, m->bt, m->rank, m->rows, from, to,
                   batch.y + b * m->rows);
  }
}

/*
 * A weight is read fastest in as many stretches as there are threads: each new one finds memory
 * cold. But a thread that is held up must not hold up the others for long.
 */
#define LEAST_BYTES (16 << 10)
#define MOST_BYTES (2 << 20)

static int64_t pieces_of(int64_t bytes) {
  int64_t threads = threads_of_a_task();
  int64_t least = (bytes + MOST_BYTES - 1) / MOST_BYTES;
  int64_t most = bytes / LEAST_BYTES > 0 ? bytes / LEAST_BYTES : 1;
  int64_t pieces = (least + threads - 1) / threads * threads;
  return pieces < most ? pieces : most;
}

/* Rows that products with several vectors take together. */
#define TOGETHER 4

static int32_t append_product(program *p, product_step m, const void *weight, int64_t row_bytes) {
  int64_t pieces = pieces_of(m.rows * row_bytes);
  m.piece_rows = ((m.rows + pieces - 1) / pieces + TOGETHER - 1) / TOGETHER * TOGETHER;
  step *s = append(p, run_product, (m.rows + m.piece_rows - 1) / m.piece_rows);
  if (s) {
    s->as.product = m;
    s->stream = weight;
    s->stream_bytes = m.piece_rows * row_bytes;
  }
  return !s;
}

/*
 * y[batch][rows] = x[batch][columns] · wᵀ + bias + hidden · bt; bias and hidden may be null; y is
 * added to if `add`.
 */
EXPORT int32_t lora4j_program_product_f32(program *p, const float *w, int64_t rows,
                                          int64_t columns, const float *x, float *y,
                                          const float *bias, int32_t add, const float *hidden,
                                          const float *bt, int64_t rank) {
  product_step m = {.w = w, .rows = rows, .columns = columns, .hidden = hidden, .bt = bt,
                    .rank = rank};
  m.product = (product){x, columns, 0, y, rows, bias, add};
  return append_product(p, m, w, columns * (int64_t)sizeof(float));
}

static void run_order(const program *p, const step *s, int64_t piece) {
  (void)piece;
  const order_step *o = &s->as.order;
  matrix4 w = {.block = o->block, .columns = o->width};
  for (int64_t b = 0; b < p->batch; b++) {
    const float *x = o->x + b * o->width;
    float *y = o->y + b * o->width;
    if (!p->k->order_for_4bit(&w, x, y)) {
      memcpy(y, x, (size_t)o->width * sizeof(float));
    }
  }
}

/* y = x in the order in which products with 4-bit weights of some block size read it. */
EXPORT int32_t lora4j_program_order(program *p, int64_t block, const float *x, int64_t width,
                                    float *y) {
  step *s = append(p, run_order, 1);
  if (s) {
    s->as.order = (order_step){x, y, width, block};
  }
  return !s;
}

/* As lora4j_program_product_f32, with a weight as lora4j_product_4bit has it and x in its order. */
EXPORT int32_t lora4j_program_product_4bit(program *p, const uint8_t *packed, int32_t fp4,
                                           int64_t block, const void *absmax, const float *nested,
                                           const float *nested_absmax, float offset, int64_t rows,
                                           int64_t columns, const float *ordered, float *y,
                                           const float *bias, int32_t add, const float *hidden,
                                           const float *bt, int64_t rank) {
  product_step m = {.rows = rows, .columns = columns, .hidden = hidden, .bt = bt, .rank = rank};
  m.codes = matrix(packed, fp4, block, columns, absmax, nested, nested_absmax, offset);
  m.product = (product){ordered, columns, 0, y, rows, bias, add};
  return append_product(p, m, packed, (columns + 1) / 2);
}

static void run_angles(const program *p, const step *s, int64_t piece) {
  (void)piece;
  const angles_step *a = &s->as.angles;
  for (int64_t b = 0; b < p->batch; b++) {
    float *cosines = a->angles + 2 * b * a->half, *sines = cosines + a->half;
    for (int64_t i = 0; i < a->half; i++) {
      float angle = (float)p->positions[b] * a->frequencies[i];
      cosines[i] = (float)__builtin_cos(angle) * a->factor;
      sines[i] = (float)__builtin_sin(angle) * a->factor;
    }
  }
}

/* angles[sequences][2][half] = factor · cosines and sines of position · frequency. */
EXPORT int32_t lora4j_program_angles(program *p, const float *frequencies, int64_t half,
                                     float factor, float *angles) {
  step *s = append(p, run_angles, 1);
  if (s) {
    s->as.angles = (angles_step){frequencies, angles, half, factor};
  }
  return !s;
}

/* Values of one head of one sequence's place in a cache. */
static int64_t place(const layer_cache *c, int64_t sequence, int64_t head, int64_t position) {
  return ((sequence * c->key_value_heads + head) * c->capacity + position) * c->head_dim;
}

static float *head_of(heads x, int64_t row, int64_t head) {
  return x.data + row * x.row + head * x.head;
}

static void run_remember(const program *p, const step *s, int64_t piece) {
  (void)piece;
  const attention_step *a = &s->as.attention;
  const layer_cache *c = &p->caches[a->layer];
  size_t bytes = (size_t)c->head_dim * sizeof(float);
  for (int64_t b = 0; b < p->batch; b++) {
    const float *cosines = a->angles + 2 * b * a->half;
    for (int64_t h = 0; h < a->query_heads && a->angles; h++) {
      p->t->rotate(head_of(a->q, b, h), cosines, cosines + a->half, a->half);
    }
    for (int64_t h = 0; h < c->key_value_heads; h++) {
      int64_t at = place(c, b, h, p->positions[b]);
      memcpy(c->keys + at, head_of(a->k, b, h), bytes);
      memcpy(c->values + at, head_of(a->v, b, h), bytes);
      if (a->angles) {
        p->t->rotate(c->keys + at, cosines, cosines + a->half, a->half);
      }
    }
  }
}

static void run_attend(const program *p, const step *s, int64_t head) {
  const attention_step *a = &s->as.attention;
  const layer_cache *c = &p->caches[a->layer];
  int64_t shared = head * c->key_value_heads / a->query_heads;
  for (int64_t b = 0; b < p->batch; b++) {
    int64_t keys = p->positions[b] + 1;
    int64_t seen = keys < a->window ? keys : a->window;
    int64_t at = place(c, b, shared, keys - seen);
    p->t->attend(head_of(a->q, b, head), c->keys + at, c->values + at, seen, c->head_dim,
                 a->scale, a->cap, a->slopes ? a->slopes[head] : 0,
                 a->y + (b * a->query_heads + head) * c->head_dim);
  }
}

/*
 * Attention of one layer: rotates q and k by `angles` (null: not at all), puts k and v in the
 * cache, and attends to the last `window` keys that are there. q, k, v as `heads` in lora4j's
 * token.h; `slopes` by query head, or null; `cap` of scores, or 0.
 */
EXPORT int32_t lora4j_program_attention(program *p, int64_t layer, float *q, int64_t q_row,
                                        int64_t q_head, float *k, int64_t k_row, int64_t k_head,
                                        float *v, int64_t v_row, int64_t v_head,
                                        int64_t query_heads, const float *angles, int64_t half,
                                        const float *slopes, int64_t window, float scale,
                                        float cap, float *y) {
  attention_step a = {layer,       {q, q_row, q_head}, {k, k_row, k_head}, {v, v_row, v_head},
                      query_heads, angles,             half,               slopes,
                      window,      scale,              cap,                y};
  step *s = append(p, run_remember, 1);
  if (!s) {
    return 1;
  }
  s->as.attention = a;
  lora4j_program_barrier(p);
  s = append(p, run_attend, query_heads);
  if (s) {
    s->as.attention = a;
  }
  return !s;
}

/* Values that one thread activates at a time. */
#define PIECE_WIDTH 2048

static void activate(const token_kernels *t, const activation_step *a, int64_t sequence,
                     int64_t from, int64_t to) {
  const float *x = a->a + sequence * a->row, *b = a->b ? a->b + sequence * a->row : NULL;
  float *y = a->y + sequence * a->width;
  switch (a->kind) {
    case SILU_GATE:
      t->silu_gate(x, b, from, to, y);
      break;
    case GELU_TANH_GATE:
      t->gelu_tanh_gate(x, b, from, to, y);
      break;
    case GELU_TANH:
      t->gelu_tanh(x, from, to, y);
      break;
    case SOFT_CAP:
      t->soft_cap(x, a->cap, from, to, y);
      break;
    case ADD:
      for (int64_t i = from; i < to; i++) {
        y[i] = x[i] + b[i];
      }
      break;
  }
}

static void run_activation(const program *p, const step *s, int64_t piece) {
  const activation_step *a = &s->as.activation;
  int64_t from = piece * PIECE_WIDTH;
  int64_t to = from + PIECE_WIDTH < a->width ? from + PIECE_WIDTH : a->width;
  for (int64_t b = 0; b < p->batch; b++) {
    activate(p->t, a, b, from, to);
  }
}

static int32_t append_activation(program *p, activation_step a) {
  step *s = append(p, run_activation, (a.width + PIECE_WIDTH - 1) / PIECE_WIDTH);
  if (s) {
    s->as.activation = a;
  }
  return !s;
}

/*
 * y = silu(gate) · up, from one sequence's gate and up to the next one's `row` values; y may be
 * either if that is `width`.
 */
EXPORT int32_t lora4j_program_silu_gate(program *p, const float *gate, const float *up,
                                        int64_t width, int64_t row, float *y) {
  return append_activation(p, (activation_step){SILU_GATE, gate, up, y, width, row, 0});
}

/* y = gelu(gate) · up by its tanh approximation, otherwise as lora4j_program_silu_gate. */
EXPORT int32_t lora4j_program_gelu_tanh_gate(program *p, const float *gate, const float *up,
                                             int64_t width, int64_t row, float *y) {
  return append_activation(p, (activation_step){GELU_TANH_GATE, gate, up, y, width, row, 0});
}

/* y = a + b; y may be either. */
EXPORT int32_t lora4j_program_add(program *p, const float *a, const float *b, int64_t width,
                                  float *y) {
  return append_activation(p, (activation_step){ADD, a, b, y, width, width, 0});
}

/* y = cap · tanh(x / cap); y may be x. */
EXPORT int32_t lora4j_program_soft_cap(program *p, const float *x, int64_t width, float cap,
                                       float *y) {
  return append_activation(p, (activation_step){SOFT_CAP, x, NULL, y, width, width, cap});
}

/* y = gelu(x) by its tanh approximation; y may be x. */
EXPORT int32_t lora4j_program_gelu_tanh(program *p, const float *x, int64_t width, float *y) {
  return append_activation(p, (activation_step){GELU_TANH, x, NULL, y, width, width, 0});
}

/* For each of some rows the index of its largest value, the first of equals. */
EXPORT void lora4j_argmax(const float *x, int64_t rows, int64_t width, int32_t *out) {
  const token_kernels *t = token_kernels_in_use();
  for (int64_t b = 0; b < rows; b++) {
    out[b] = (int32_t)t->argmax(x + b * width, width);
  }
}
