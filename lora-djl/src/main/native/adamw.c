/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loops of AdamW, compiled once for each instruction set. */
#include "adamw.h"
#include "vectors.h"

INLINE vfloat root(vfloat v) {
#if LANES == 16
  return (vfloat)_mm512_sqrt_ps((__m512)v);
#elif LANES == 8
  return (vfloat)_mm256_sqrt_ps((__m256)v);
#else
  for (int i = 0; i < LANES; i++) {
    v[i] = __builtin_sqrtf(v[i]);
  }
  return v;
#endif
}

/* a where the mask is set, else b. */
INLINE vfloat choose(vint mask, vfloat a, vfloat b) {
  return (vfloat)((mask & (vint)a) | (~mask & (vint)b));
}

INLINE vfloat magnitude(vfloat v) { return (vfloat)((vint)v & 0x7fffffff); }

INLINE vfloat next_mean(vfloat m, vfloat g, const adamw_step *s) {
  return m + (g - m) * all(s->mean_share);
}

INLINE vfloat next_variance(vfloat v, vfloat g, const adamw_step *s) {
  return v * all(s->variance_keep) + all(s->variance_share) * g * g;
}

INLINE vfloat next_parameter(vfloat p, vfloat m, vfloat v, const adamw_step *s) {
  vfloat denominator = root(v) / all(s->root_correction) + all(s->epsilon);
  return p * all(s->keep) - all(s->pace) * m / denominator;
}

INLINE void step_vector(float *p, const float *g, float *m, float *v, const adamw_step *s) {
  vfloat gs = load(g);
  vfloat ms = next_mean(load(m), gs, s);
  vfloat vs = next_variance(load(v), gs, s);
  store(p, next_parameter(load(p), ms, vs, s));
  store(m, ms);
  store(v, vs);
}

static void step32(const adamw32 *t, int64_t from, int64_t to) {
  int64_t i = from;
  for (; i + LANES <= to; i += LANES) {
    step_vector(t->parameter + i, t->gradient + i, t->mean + i, t->variance + i, &t->step);
  }
  size_t rest = (size_t)(to - i) * sizeof(float);
  if (rest) {
    float p[LANES] = {0}, g[LANES] = {0}, m[LANES] = {0}, v[LANES] = {0};
    memcpy(p, t->parameter + i, rest);
    memcpy(g, t->gradient + i, rest);
    memcpy(m, t->mean + i, rest);
    memcpy(v, t->variance + i, rest);
    step_vector(p, g, m, v, &t->step);
    memcpy(t->parameter + i, p, rest);
    memcpy(t->mean + i, m, rest);
    memcpy(t->variance + i, v, rest);
  }
}

/* ---- moments in 8 bits ---- */

static void decode(const byte_map *map, const uint8_t *codes, float absmax, int64_t n,
                   float *out) {
  for (int64_t i = 0; i < n; i++) {
    out[i] = map->values[codes[i]] * absmax;
  }
}

/* What is no number stays. */
INLINE float larger(float a, float b) { return b > a || b != b ? b : a; }

static float largest_magnitude(const float *values) {
  vfloat most = {0};
  for (int i = 0; i < STATE_BLOCK; i += LANES) {
    vfloat v = magnitude(load(values + i));
    most = choose((v > most) | (v != v), v, most);
  }
  float absmax = 0;
  for (int i = 0; i < LANES; i++) {
    absmax = larger(absmax, most[i]);
  }
  return absmax;
}

INLINE uint8_t code_of(const byte_map *map, float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint8_t code = map->lowest[bits >> 16];
  while (map->midpoints[code] < x) {
    code++;
  }
  return code == map->zero && x < 0 ? code - 1 : code;
}

/* Values past n are 0. Overwrites them by what they are relative to absmax, which it returns. */
static float encode(const byte_map *map, float *values, int64_t n, uint8_t *codes) {
  float absmax = largest_magnitude(values);
  if (absmax == 0) {
    memset(codes, map->zero, (size_t)n);
    return absmax;
  }
  for (int i = 0; i < STATE_BLOCK; i += LANES) {
    store(values + i, load(values + i) / all(absmax));
  }
  for (int64_t i = 0; i < n; i++) {
    codes[i] = code_of(map, values[i]);
  }
  return absmax;
}

/* Where a gradient is not finite, the parameter stays and the moments begin anew. */
INLINE void step_finite(float *p, const float *g, float *m, float *v, const adamw_step *s) {
  vfloat gs = load(g);
  vint finite = (gs - gs) == 0;
  vfloat zero = {0};
  vfloat ms = choose(finite, next_mean(load(m), gs, s), zero);
  vfloat vs = choose(finite, next_variance(load(v), gs, s), zero);
  vfloat ps = load(p);
  store(p, choose(finite, next_parameter(ps, ms, vs, s), ps));
  store(m, ms);
  store(v, vs);
}

static void step_block(const adamw8 *t, int64_t block) {
  int64_t from = block * STATE_BLOCK;
  int64_t n = t->n - from < STATE_BLOCK ? t->n - from : STATE_BLOCK;
  float p[STATE_BLOCK] = {0}, g[STATE_BLOCK] = {0}, m[STATE_BLOCK] = {0}, v[STATE_BLOCK] = {0};
  memcpy(p, t->parameter + from, (size_t)n * sizeof(float));
  memcpy(g, t->gradient + from, (size_t)n * sizeof(float));
  decode(&MEAN_MAP, t->mean_codes + from, t->mean_absmax[block], n, m);
  decode(&VARIANCE_MAP, t->variance_codes + from, t->variance_absmax[block], n, v);
  for (int i = 0; i < STATE_BLOCK; i += LANES) {
    step_finite(p + i, g + i, m + i, v + i, &t->step);
  }
  memcpy(t->parameter + from, p, (size_t)n * sizeof(float));
  t->mean_absmax[block] = encode(&MEAN_MAP, m, n, t->mean_codes + from);
  t->variance_absmax[block] = encode(&VARIANCE_MAP, v, n, t->variance_codes + from);
}

static void step8(const adamw8 *t, int64_t first, int64_t last) {
  for (int64_t block = first; block < last; block++) {
    step_block(t, block);
  }
}

const adamw_kernels TABLE(ADAMW_, ISA) = {step32, step8};
