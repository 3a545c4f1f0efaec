/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loops of token.h, compiled once for each instruction set. */
#include "token.h"

#include <math.h>

#include "functions.h"

/* ---- vectors ---- */

/* The first n < LANES values, zeros behind them. */
INLINE vfloat load_part(const float *p, int64_t n) {
  vfloat v = {0};
  memcpy(&v, p, (size_t)n * sizeof(float));
  return v;
}

INLINE void store_part(float *p, vfloat v, int64_t n) { memcpy(p, &v, (size_t)n * sizeof(float)); }

/* ---- norms ---- */

INLINE float sum_of_squares(const float *x, float mean, int64_t n) {
  vfloat squares = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    vfloat centred = load(x + i) - all(mean);
    squares = fused(centred, centred, squares);
  }
  float s = sum(squares);
  for (; i < n; i++) {
    s += (x[i] - mean) * (x[i] - mean);
  }
  return s;
}

static void rms_norm(const float *x, const float *w, int64_t width, float epsilon, float *y) {
  float scale = 1 / sqrtf(sum_of_squares(x, 0, width) / (float)width + epsilon);
  for (int64_t i = 0; i < width; i++) {
    y[i] = x[i] * scale * w[i];
  }
}

static void layer_norm(const float *x, const float *w, const float *bias, int64_t width,
                       float epsilon, float *y) {
  vfloat sums = {0};
  int64_t n = 0;
  for (; n + LANES <= width; n += LANES) {
    sums += load(x + n);
  }
  float mean = (sum(sums) + sum(load_part(x + n, width - n))) / (float)width;
  float scale = 1 / sqrtf(sum_of_squares(x, mean, width) / (float)width + epsilon);
  for (int64_t i = 0; i < width; i++) {
    y[i] = (x[i] - mean) * scale * w[i] + bias[i];
  }
}

/* ---- positions and attention ---- */

static void rotate(float *head, const float *cos, const float *sin, int64_t half) {
  for (int64_t i = 0; i < half; i++) {
    float a = head[i], b = head[half + i];
    head[i] = a * cos[i] - b * sin[i];
    head[half + i] = b * cos[i] + a * sin[i];
  }
}

/* y += weight · x */
INLINE void add_scaled(float weight, const float *x, int64_t n, float *y) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    store(y + i, fused(all(weight), load(x + i), load(y + i)));
  }
  for (; i < n; i++) {
    y[i] += weight * x[i];
  }
}

INLINE void multiply(float *y, float factor, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    y[i] *= factor;
  }
}

static void soft_cap(const float *x, float cap, int64_t from, int64_t to, float *y) {
  int64_t i = from;
  for (; i + LANES <= to; i += LANES) {
    store(y + i, capped(load(x + i), cap));
  }
  store_part(y + i, capped(load_part(x + i, to - i), cap), to - i);
}

/* Keys whose weights are held at a time; a multiple of every LANES. */
#define BLOCK 64

/*
 * Blocks of keys one after the other, what was summed rescaled when a larger score comes (Milakov
 * and Gimelshein, 2018), so that no array as long as the sequence is needed.
 */
static void attend(const float *q, const float *k, const float *v, int64_t length,
                   int64_t head_dim, float scale, float cap, float slope, float *y) {
  float max = -INFINITY, weights = 0;
  memset(y, 0, (size_t)head_dim * sizeof(float));
  for (int64_t from = 0; from < length; from += BLOCK) {
    int64_t n = length - from < BLOCK ? length - from : BLOCK;
    float scores[BLOCK], larger = max;
    for (int64_t j = 0; j < n; j++) {
      scores[j] = dot(q, k + (from + j) * head_dim, head_dim) * scale;
    }
    if (cap > 0) {
      soft_cap(scores, cap, 0, n, scores);
    }
    for (int64_t j = 0; j < n; j++) {
      scores[j] += slope * (float)(from + j);
      larger = scores[j] > larger ? scores[j] : larger;
    }
    for (int64_t j = n; j < BLOCK; j++) {
      scores[j] = -INFINITY;
    }
    if (larger > max) {
      float rescale = expf(max - larger);
      multiply(y, rescale, head_dim);
      weights *= rescale;
      max = larger;
    }
    for (int64_t j = 0; j < n; j += LANES) {
      store(scores + j, exponential(load(scores + j) - all(max)));
    }
    for (int64_t j = 0; j < n; j++) {
      weights += scores[j];
      add_scaled(scores[j], v + (from + j) * head_dim, head_dim, y);
    }
  }
  multiply(y, 1 / weights, head_dim);
}

/* ---- low-rank updates ---- */

static void low_rank(const float *hidden, const float *bt, int64_t rank, int64_t rows,
                     int64_t from, int64_t to, float *y) {
  int64_t i = from;
  for (; i + LANES <= to; i += LANES) {
    vfloat s = load(y + i);
    for (int64_t r = 0; r < rank; r++) {
      s = fused(all(hidden[r]), load(bt + r * rows + i), s);
    }
    store(y + i, s);
  }
  for (; i < to; i++) {
    for (int64_t r = 0; r < rank; r++) {
      y[i] += hidden[r] * bt[r * rows + i];
    }
  }
}

/* ---- activations ---- */

INLINE vfloat silu(vfloat x) { return x / (all(1) + exponential(-x)); }

static void silu_gate(const float *gate, const float *up, int64_t from, int64_t to, float *y) {
  int64_t i = from;
  for (; i + LANES <= to; i += LANES) {
    store(y + i, silu(load(gate + i)) * load(up + i));
  }
  int64_t rest = to - i;
  store_part(y + i, silu(load_part(gate + i, rest)) * load_part(up + i, rest), rest);
}

/* x / 2 · (1 + tanh(u)) = x / (1 + e^−2u), u = √(2/π) (x + 0.044715 x³). */
INLINE vfloat gelu(vfloat x) {
  vfloat twice = all(1.5957691216f) * fused(all(0.044715f) * x * x, x, x);
  return x / (all(1) + exponential(-twice));
}

static void gelu_tanh(const float *x, int64_t from, int64_t to, float *y) {
  int64_t i = from;
  for (; i + LANES <= to; i += LANES) {
    store(y + i, gelu(load(x + i)));
  }
  store_part(y + i, gelu(load_part(x + i, to - i)), to - i);
}

static void gelu_tanh_gate(const float *gate, const float *up, int64_t from, int64_t to,
                           float *y) {
  int64_t i = from;
  for (; i + LANES <= to; i += LANES) {
    store(y + i, gelu(load(gate + i)) * load(up + i));
  }
  int64_t rest = to - i;
  store_part(y + i, gelu(load_part(gate + i, rest)) * load_part(up + i, rest), rest);
}

/* ---- choice ---- */

static int64_t argmax(const float *x, int64_t width) {
  vfloat most = all(-INFINITY), strange = {0};
  int64_t i = 0;
  for (; i + LANES <= width; i += LANES) {
    vfloat v = load(x + i);
    most = choose(v > most, v, most);
    strange = choose(v != v, all(1), strange);
  }
  float max = -INFINITY;
  for (int l = 0; l < LANES; l++) {
    max = most[l] > max ? most[l] : max;
  }
  int has_nan = sum(strange) != 0;
  for (; i < width; i++) {
    max = x[i] > max ? x[i] : max;
    has_nan |= x[i] != x[i];
  }
  for (i = 0; i < width; i++) {
    if (has_nan ? x[i] != x[i] : x[i] == max) {
      return i;
    }
  }
  return 0;
}


const token_kernels TABLE(TOKEN_, ISA) = {
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .rotate = rotate,
    .low_rank = low_rank,
    .attend = attend,
    .soft_cap = soft_cap,
    .silu_gate = silu_gate,
    .gelu_tanh_gate = gelu_tanh_gate,
    .gelu_tanh = gelu_tanh,
    .argmax = argmax,
};
