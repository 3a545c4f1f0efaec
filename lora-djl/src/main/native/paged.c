/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loops of paged.h, compiled once for each instruction set. */
#include "paged.h"

#include <math.h>

#include "functions.h"

/* Queries that go over a page together, so that its keys are read once for all of them. */
#define QUERIES 4

/* Keys whose weights are held at a time; a multiple of every LANES. */
#define KEYS 64

typedef struct {
  const float *q;
  float *y;
  int64_t position;
  float slope;
  float max;     /* of the scores so far */
  float weights; /* their sum */
} query;

static float *key_of(const layer_pages *l, int64_t page, int64_t head, int64_t token) {
  return l->memory + page * l->page_floats + (head * l->tokens + token) * l->head_dim;
}

/* Values lie behind the keys of all heads. */
static int64_t to_values(const layer_pages *l) {
  return l->key_value_heads * l->tokens * l->head_dim;
}

static void remember(const paged_attention *a, const page_sequence *s, int64_t head) {
  const layer_pages *l = &a->layer;
  size_t bytes = (size_t)l->head_dim * sizeof(float);
  for (int64_t r = 0; r < s->rows; r++) {
    int64_t position = s->first_position + r, row = s->first_row + r;
    float *key = key_of(l, a->pages[s->table + position / l->tokens], head, position % l->tokens);
    memcpy(key, a->k.values + row * a->k.row + head * l->head_dim, bytes);
    memcpy(key + to_values(l), a->v.values + row * a->v.row + head * l->head_dim, bytes);
  }
}

/* scores[i][j] = q[i] . k[j] */
INLINE void score(const query *qs, int count, const float *k, int64_t keys, int64_t head_dim,
                  float scores[QUERIES][KEYS]) {
  for (int64_t j = 0; j < keys; j++) {
    const float *key = k + j * head_dim;
    vfloat sums[QUERIES];
    for (int i = 0; i < count; i++) {
      sums[i] = (vfloat){0};
    }
    int64_t d = 0;
    for (; d + LANES <= head_dim; d += LANES) {
      vfloat values = load(key + d);
      for (int i = 0; i < count; i++) {
        sums[i] = fused(load(qs[i].q + d), values, sums[i]);
      }
    }
    for (int i = 0; i < count; i++) {
      float s = sum(sums[i]);
      for (int64_t rest = d; rest < head_dim; rest++) {
        s += qs[i].q[rest] * key[rest];
      }
      scores[i][j] = s;
    }
  }
}

/*
 * Makes weights of the scores of keys first..first+keys-1; those outside the query's sight weigh 0.
 * What was summed before is rescaled when a larger score comes (Milakov and Gimelshein, 2018).
 */
static void weigh(const paged_attention *a, query *q, int64_t first, int64_t keys, float *scores) {
  int64_t from = q->position + 1 - a->window - first, to = q->position + 1 - first;
  from = from < 0 ? 0 : from;
  to = to > keys ? keys : to;
  float larger = q->max;
  for (int64_t j = 0; j < KEYS; j += LANES) {
    vfloat s = load(scores + j) * all(a->scale);
    store(scores + j, a->cap > 0 ? capped(s, a->cap) : s);
  }
  for (int64_t j = from; j < to; j++) {
    scores[j] += q->slope * (float)(first + j);
    larger = scores[j] > larger ? scores[j] : larger;
  }
  if (from >= to) {
    memset(scores, 0, KEYS * sizeof(float));
    return;
  }
  float rescale = expf(q->max - larger);
  for (int64_t d = 0; d < a->layer.head_dim && rescale != 1; d++) {
    q->y[d] *= rescale;
  }
  q->weights *= rescale;
  q->max = larger;
  for (int64_t j = 0; j < KEYS; j += LANES) {
    store(scores + j, exponential(load(scores + j) - all(larger)));
  }
  memset(scores, 0, (size_t)from * sizeof(float));
  memset(scores + to, 0, (size_t)(KEYS - to) * sizeof(float));
  vfloat total = {0};
  for (int64_t j = 0; j < KEYS; j += LANES) {
    total += load(scores + j);
  }
  q->weights += sum(total);
}

/* y[i] += sum over j of weights[i][j] * v[j] */
INLINE void gather(const query *qs, int count, const float *v, int64_t keys, int64_t head_dim,
                   float weights[QUERIES][KEYS]) {
  int64_t d = 0;
  for (; d + LANES <= head_dim; d += LANES) {
    vfloat sums[QUERIES];
    for (int i = 0; i < count; i++) {
      sums[i] = load(qs[i].y + d);
    }
    for (int64_t j = 0; j < keys; j++) {
      vfloat values = load(v + j * head_dim + d);
      for (int i = 0; i < count; i++) {
        sums[i] = fused(all(weights[i][j]), values, sums[i]);
      }
    }
    for (int i = 0; i < count; i++) {
      store(qs[i].y + d, sums[i]);
    }
  }
  for (; d < head_dim; d++) {
    for (int i = 0; i < count; i++) {
      for (int64_t j = 0; j < keys; j++) {
        qs[i].y[d] += weights[i][j] * v[j * head_dim + d];
      }
    }
  }
}

/* Queries in rising order of their positions. */
INLINE void attend_together(const paged_attention *a, const page_sequence *s, int64_t head,
                            query *qs, int count) {
  const layer_pages *l = &a->layer;
  float scores[QUERIES][KEYS] = {{0}};
  int64_t end = qs[count - 1].position + 1;
  int64_t seen = qs[0].position + 1 < a->window ? qs[0].position + 1 : a->window;
  for (int64_t first = qs[0].position + 1 - seen; first < end;) {
    int64_t slot = first % l->tokens, keys = l->tokens - slot;
    keys = keys > KEYS ? KEYS : keys;
    keys = keys > end - first ? end - first : keys;
    const float *k = key_of(l, a->pages[s->table + first / l->tokens], head, slot);
    score(qs, count, k, keys, l->head_dim, scores);
    for (int i = 0; i < count; i++) {
      weigh(a, &qs[i], first, keys, scores[i]);
    }
    gather(qs, count, k + to_values(l), keys, l->head_dim, scores);
    first += keys;
  }
  for (int i = 0; i < count; i++) {
    for (int64_t d = 0; d < l->head_dim; d++) {
      qs[i].y[d] /= qs[i].weights;
    }
  }
}

static query query_of(const paged_attention *a, const page_sequence *s, int64_t head, int64_t n) {
  int64_t shared = a->query_heads / a->layer.key_value_heads;
  int64_t row = s->first_row + n / shared, own = head * shared + n % shared;
  int64_t head_dim = a->layer.head_dim;
  query q = {a->q.values + row * a->q.row + own * head_dim,
             a->y.values + row * a->y.row + own * head_dim,
             s->first_position + n / shared,
             a->slopes ? a->slopes[own] : 0,
             -INFINITY,
             0};
  memset(q.y, 0, (size_t)head_dim * sizeof(float));
  return q;
}

static void attend(const paged_attention *a, const page_sequence *s, int64_t head) {
  remember(a, s, head);
  int64_t queries = s->rows * (a->query_heads / a->layer.key_value_heads);
  for (int64_t n = 0; n < queries; n += QUERIES) {
    query qs[QUERIES];
    int count = queries - n < QUERIES ? (int)(queries - n) : QUERIES;
    for (int i = 0; i < count; i++) {
      qs[i] = query_of(a, s, head, n + i);
    }
    switch (count) {
      case 1: attend_together(a, s, head, qs, 1); break;
      case 2: attend_together(a, s, head, qs, 2); break;
      case 3: attend_together(a, s, head, qs, 3); break;
      default: attend_together(a, s, head, qs, QUERIES); break;
    }
  }
}

const paged_kernels TABLE(PAGED_, ISA) = {.attend = attend};
