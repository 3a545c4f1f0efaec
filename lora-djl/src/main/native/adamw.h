/* SPDX-License-Identifier: Apache-2.0 */
/* One step of AdamW; the formulas are those of AdamWStep in Java, each operation rounded alone. */
#ifndef LORA4J_ADAMW_H
#define LORA4J_ADAMW_H

#include <stdint.h>

/* Values that share one absmax in 8-bit state. */
#define STATE_BLOCK 256

/* In the order of AdamWStep's components. */
typedef struct {
  float keep;
  float mean_share;
  float variance_keep;
  float variance_share;
  float pace;
  float root_correction;
  float epsilon;
} adamw_step;

typedef struct {
  float *parameter;
  const float *gradient;
  float *mean;
  float *variance;
  adamw_step step;
} adamw32;

typedef struct {
  float *parameter;
  const float *gradient;
  uint8_t *mean_codes;
  float *mean_absmax;
  uint8_t *variance_codes;
  float *variance_absmax;
  int64_t n;
  adamw_step step;
} adamw8;

/* 256 values in ascending order, and what finding the nearest needs to know of them. */
typedef struct {
  float values[256];
  float midpoints[256]; /* above each value; the last is infinite */
  uint8_t zero;         /* the code of 0 */
  uint8_t lowest[1 << 16]; /* by the upper half of a float32: the code of the lowest such */
} byte_map;

extern byte_map MEAN_MAP;
extern byte_map VARIANCE_MAP;

typedef struct {
  void (*step32)(const adamw32 *task, int64_t from, int64_t to);
  void (*step8)(const adamw8 *task, int64_t first_block, int64_t last_block);
} adamw_kernels;

extern const adamw_kernels ADAMW_plain;
#if defined(__x86_64__)
extern const adamw_kernels ADAMW_avx2;
extern const adamw_kernels ADAMW_avx512;
#endif

#endif
