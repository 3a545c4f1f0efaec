/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One token of each of a few sequences on its way through a decoder: the arithmetic that is not a
 * product with a weight. Rows are sequences; a row of `width` values follows the one before it.
 */
#ifndef LORA4J_TOKEN_H
#define LORA4J_TOKEN_H

#include "lora4j.h"

/* Heads of a few rows: head h of row b begins at data + b * row + h * head. */
typedef struct {
  float *data;
  int64_t row;
  int64_t head;
} heads;

/* Keys and values of one layer, [sequences][key_value_heads][capacity][head_dim]. */
typedef struct {
  float *keys;
  float *values;
  int64_t key_value_heads;
  int64_t capacity;
  int64_t head_dim;
} layer_cache;

typedef struct {
  /* y = x / sqrt(mean(x²) + epsilon) · w; y may be x. */
  void (*rms_norm)(const float *x, const float *w, int64_t width, float epsilon, float *y);
  /* y = (x − mean) / sqrt(var + epsilon) · w + bias; y may be x. */
  void (*layer_norm)(const float *x, const float *w, const float *bias, int64_t width,
                     float epsilon, float *y);
  /* Rotates pairs (i, i + half) of one head by angles of the given cosines and sines. */
  void (*rotate)(float *head, const float *cos, const float *sin, int64_t half);
  /* y[from..to) += hidden[rank] · bt[rank][rows], columns from..to-1. */
  void (*low_rank)(const float *hidden, const float *bt, int64_t rank, int64_t rows, int64_t from,
                   int64_t to, float *y);
  /*
   * y = softmax(cap(scale · q kᵀ) + slope · key) v over the first `length` keys, each key and value
   * `head_dim` values behind the one before; cap(s) is soft_cap's, or s where `cap` is 0.
   */
  void (*attend)(const float *q, const float *k, const float *v, int64_t length, int64_t head_dim,
                 float scale, float cap, float slope, float *y);
  /* y = cap · tanh(x / cap) for values from..to-1. */
  void (*soft_cap)(const float *x, float cap, int64_t from, int64_t to, float *y);
  /* y = silu(gate) · up for values from..to-1. */
  void (*silu_gate)(const float *gate, const float *up, int64_t from, int64_t to, float *y);
  /* y = gelu(gate) · up by its tanh approximation for values from..to-1. */
  void (*gelu_tanh_gate)(const float *gate, const float *up, int64_t from, int64_t to, float *y);
  /* y = gelu(x) by its tanh approximation for values from..to-1. */
  void (*gelu_tanh)(const float *x, int64_t from, int64_t to, float *y);
  /* The index of the largest value, the first of equals; a NaN is larger than all. */
  int64_t (*argmax)(const float *x, int64_t width);
} token_kernels;

extern const token_kernels TOKEN_plain;
#if defined(__x86_64__)
extern const token_kernels TOKEN_avx2;
extern const token_kernels TOKEN_avx512;
#endif

/* The set that goes with K. */
const token_kernels *token_kernels_in_use(void);

#endif
