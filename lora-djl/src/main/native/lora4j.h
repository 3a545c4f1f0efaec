/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this library share. Nothing here is exported. */
#ifndef LORA4J_H
#define LORA4J_H

#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

/* Values below which a second thread costs more than it brings. */
#define GRAIN_VALUES (1 << 14)

/* Work on the items from..to-1 of a task; called once a thread. */
typedef void (*range_fn)(void *task, int64_t from, int64_t to);

/*
 * Splits 0..items-1 over the threads of libtorch, in pieces of whole `grain`s, and waits.
 * A task smaller than `grain` runs on the calling thread.
 */
void parallel_for(int64_t items, int64_t grain, range_fn work, void *task);

/* One piece of a task, of those that differ in length. */
typedef void (*piece_fn)(void *task, int64_t piece);

/* Has the threads of libtorch draw pieces 0..pieces-1 one by one, and waits. */
void pieces_for(int64_t pieces, piece_fn work, void *task);

/* How many threads a task started here gets. */
int64_t threads_of_a_task(void);

/* Does the same work on every thread of libtorch, or on the calling thread alone, and waits. */
void on_all_threads(void (*work)(void *), void *task);

/* Sixteen code values and what quantisation needs to know of them. */
typedef struct {
  float values[16];     /* by code */
  float midpoints[15];  /* between neighbours in order of value, ascending */
  uint8_t by_rank[16];  /* code of the r-th smallest value */
} codebook4;

extern const codebook4 CODEBOOK_NF4;
extern const codebook4 CODEBOOK_FP4;

/*
 * The scale of each block of a 4-bit weight: `absmax` itself, or, where `nested` is not null,
 * nested[codes[i]] * nested_absmax[i / 256] + offset.
 */
typedef struct {
  const float *absmax;
  const uint8_t *codes;
  const float *nested;
  const float *nested_absmax;
  float offset;
} block_scales;

/* A matrix of 4-bit codes, two a byte, the first in the high nibble, blocks over the flat order. */
typedef struct {
  const uint8_t *packed;
  const codebook4 *book;
  block_scales scales;
  int64_t block;
  int64_t columns;
} matrix4;

/* `absmax` holds bytes where `nested` is not null, float32 where it is. */
matrix4 matrix(const uint8_t *packed, int32_t fp4, int64_t block, int64_t columns,
               const void *absmax, const float *nested, const float *nested_absmax, float offset);

/* y[b][row] for rows from..to-1 of a product of `batch` vectors x with a row-major matrix. */
typedef struct {
  const float *x;
  int64_t x_stride;
  int64_t batch;
  float *y;
  int64_t y_stride;
  const float *bias; /* or null */
  int add;           /* whether y is added to */
} product;

/* The inner loops, one set an instruction set. */
typedef struct {
  const char *name;
  void (*product_f32)(const product *p, const float *w, int64_t columns, int64_t from, int64_t to);
  void (*product_4bit)(const product *p, const matrix4 *w, int64_t from, int64_t to);
  /* Writes one vector in the order product_4bit reads it; 0 if that is the plain order. */
  int (*order_for_4bit)(const matrix4 *w, const float *x, float *out);
  void (*dequantize_4bit)(const matrix4 *w, int64_t from, int64_t to, float *out);
  void (*quantize_4bit)(const float *w, int64_t n, int64_t block, const codebook4 *book,
                        int64_t from, int64_t to, uint8_t *packed, float *absmax);
  void (*to_bfloat16)(const float *in, int64_t n, uint16_t *out);
  void (*to_float16)(const float *in, int64_t n, uint16_t *out);
} kernels;

/* The set in use; chosen when the library is initialised. */
extern const kernels *K;

extern const kernels KERNELS_plain;
#if defined(__x86_64__)
extern const kernels KERNELS_avx2;
extern const kernels KERNELS_avx512;
#endif

/* The table of another family that goes with K. */
#if defined(__x86_64__)
#define IN_USE(family)                            \
  (K == &KERNELS_avx512 ? &family##_avx512        \
   : K == &KERNELS_avx2 ? &family##_avx2          \
                        : &family##_plain)
#else
#define IN_USE(family) (&family##_plain)
#endif

#endif
