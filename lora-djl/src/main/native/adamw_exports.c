/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW as Java calls it. Nothing is checked here, Java does that. */
#include "adamw.h"
#include "lora4j.h"

#include <math.h>
#include <string.h>

byte_map MEAN_MAP;
byte_map VARIANCE_MAP;

static const adamw_kernels *chosen(void) {
  return IN_USE(ADAMW);
}

/* ---- the values of codes ---- */

static float lowest_of(uint32_t upper_half) {
  uint32_t bits = upper_half << 16;
  if (upper_half >> 15) {
    bits |= 0xffff; /* of negative values the lowest has the largest magnitude */
  }
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void fill(byte_map *map, const float *values) {
  memcpy(map->values, values, sizeof map->values);
  for (int i = 0; i < 255; i++) {
    map->midpoints[i] = (values[i] + values[i + 1]) / 2;
    if (values[i] == 0) {
      map->zero = (uint8_t)i;
    }
  }
  map->midpoints[255] = INFINITY;
  for (uint32_t half = 0; half < 1 << 16; half++) {
    float lowest = lowest_of(half);
    uint8_t code = 0;
    while (map->midpoints[code] < lowest) {
      code++;
    }
    map->lowest[half] = code;
  }
}

/* The maps of 8-bit state, 256 ascending values each; before the first step in 8 bits. */
EXPORT void lora4j_adamw_maps(const float *mean, const float *variance) {
  fill(&MEAN_MAP, mean);
  fill(&VARIANCE_MAP, variance);
}

/* ---- steps ---- */

static void run32(void *task, int64_t from, int64_t to) { chosen()->step32(task, from, to); }

#define STEP_ARGUMENTS                                                                     \
  float keep, float mean_share, float variance_keep, float variance_share, float pace,     \
      float root_correction, float epsilon
#define STEP {keep, mean_share, variance_keep, variance_share, pace, root_correction, epsilon}

/* n values of each. */
EXPORT void lora4j_adamw32(float *parameter, const float *gradient, float *mean, float *variance,
                           int64_t n, STEP_ARGUMENTS) {
  adamw32 t = {parameter, gradient, mean, variance, STEP};
  parallel_for(n, GRAIN_VALUES, run32, &t);
}

static void run8(void *task, int64_t from, int64_t to) { chosen()->step8(task, from, to); }

/* n values and codes, and an absmax for each block of 256. */
EXPORT void lora4j_adamw8(float *parameter, const float *gradient, uint8_t *mean_codes,
                          float *mean_absmax, uint8_t *variance_codes, float *variance_absmax,
                          int64_t n, STEP_ARGUMENTS) {
  adamw8 t = {parameter,       gradient, mean_codes, mean_absmax, variance_codes,
              variance_absmax, n,        STEP};
  parallel_for((n + STATE_BLOCK - 1) / STATE_BLOCK, GRAIN_VALUES / STATE_BLOCK, run8, &t);
}
