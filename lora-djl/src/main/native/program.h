/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program: the steps that take one token of each of a few sequences through a decoder, written
 * down once and run for every token.
 */
#ifndef LORA4J_PROGRAM_H
#define LORA4J_PROGRAM_H

#include "lora4j.h"
#include "token.h"

typedef struct program program;
typedef struct step step;

/* A product with a weight, and with the low-rank factors beside it where there are any. */
typedef struct {
  const float *w; /* float32, or null: codes */
  matrix4 codes;
  product product; /* of a batch that each run knows */
  int64_t rows;
  int64_t columns;
  int64_t piece_rows;
  const float *hidden;  /* [sequences][rank] = A x, or null */
  const float *bt;      /* [rank][rows] = scaling · Bᵀ */
  int64_t rank;
} product_step;

typedef struct {
  const float *x;
  const float *w;
  const float *bias; /* null for a root-mean-square norm */
  float *y;
  int64_t width;
  int64_t vectors; /* of a row, each normed alone */
  float epsilon;
} norm_step;

/* What is done with each value of one or two inputs. */
typedef enum { SILU_GATE, GELU_TANH_GATE, GELU_TANH, SOFT_CAP, ADD } activation_kind;

typedef struct {
  activation_kind kind;
  const float *a;
  const float *b; /* null for one input */
  float *y;
  int64_t width;
  int64_t row; /* values from a sequence's input to the next one's; y's follow each other */
  float cap;   /* of SOFT_CAP */
} activation_step;

typedef struct {
  const float *table;
  float *y;
  int64_t width;
  float scale;
} embed_step;

/* Cosines and sines of the positions, times a factor: [sequences][2][half]. */
typedef struct {
  const float *frequencies;
  float *angles;
  int64_t half;
  float factor;
} angles_step;

typedef struct {
  int64_t layer;
  heads q;
  heads k;
  heads v;
  int64_t query_heads;
  const float *angles; /* or null: nothing rotates */
  int64_t half;
  const float *slopes; /* by query head, or null */
  int64_t window;      /* keys that a query sees, itself included */
  float scale;
  float cap; /* of scores, or 0 for none */
  float *y; /* [sequences][query_heads][head_dim] */
} attention_step;

typedef struct {
  const float *x;
  float *y;
  int64_t width;
  int64_t block;
} order_step;

/* A piece of a step is done by one thread. */
struct step {
  void (*work)(const program *p, const step *s, int64_t piece);
  int64_t first; /* pieces of the steps before */
  int64_t pieces;
  int64_t needs;        /* how many pieces of the program must be done before any of these begins */
  const char *stream; /* what the pieces read from memory, one after the other, or null */
  int64_t stream_bytes; /* of a piece */
  union {
    product_step product;
    norm_step norm;
    activation_step activation;
    embed_step embed;
    angles_step angles;
    attention_step attention;
    order_step order;
  } as;
};

struct program {
  step *steps;
  int64_t count;
  int64_t room;
  int64_t pieces; /* of all steps */
  int64_t needs;  /* of the steps to come */
  int64_t layers;
  layer_cache *caches;
  /* Of a run. */
  const kernels *k;
  const token_kernels *t;
  const int32_t *tokens;
  const int32_t *positions;
  int64_t batch;
  /* Tickets handed out and pieces done, each on a cache line of its own. */
  _Alignas(64) int64_t next;
  _Alignas(64) int64_t done;
};

/* A new last step of some pieces, or null if there is no memory. */
step *append(program *p, void (*work)(const program *, const step *, int64_t), int64_t pieces);

/* What is added from now on needs everything before to be done. */
void lora4j_program_barrier(program *p);

#endif
