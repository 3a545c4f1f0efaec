/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops, compiled once for each instruction set; CODEBOOKs and threads are elsewhere.
 * Quantised values come out bit for bit as bitsandbytes', so the compiler must not fuse products and
 * sums of its own accord: what is fused says so.
 */
#include "lora4j.h"
#include "vectors.h"

#include <float.h>

/* Values of a row that are dequantised at a time where blocks and rows do not meet. */
#define CHUNK 1024

/* ---- products with a float32 matrix ---- */

INLINE void finish(const product *p, int64_t b, int64_t row, float value) {
  float *y = p->y + b * p->y_stride + row;
  float v = p->bias ? value + p->bias[row] : value;
  *y = p->add ? *y + v : v;
}

INLINE void tile_f32(const product *p, const float *w, int64_t columns, int64_t row, int rows,
                     int64_t first, int batch) {
  vfloat sums[4][4];
  for (int r = 0; r < rows; r++) {
    for (int b = 0; b < batch; b++) {
      sums[r][b] = (vfloat){0};
    }
  }
  const float *at = w + row * columns;
  const float *x = p->x + first * p->x_stride;
  int64_t c = 0;
  for (; c + LANES <= columns; c += LANES) {
    vfloat xs[4];
    for (int b = 0; b < batch; b++) {
      xs[b] = load(x + b * p->x_stride + c);
    }
    for (int r = 0; r < rows; r++) {
      vfloat ws = load(at + r * columns + c);
      for (int b = 0; b < batch; b++) {
        sums[r][b] = fused(ws, xs[b], sums[r][b]);
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int b = 0; b < batch; b++) {
      float s = sum(sums[r][b]);
      for (int64_t t = c; t < columns; t++) {
        s += at[r * columns + t] * x[b * p->x_stride + t];
      }
      finish(p, first + b, row + r, s);
    }
  }
}

INLINE void rows_f32(const product *p, const float *w, int64_t columns, int64_t from, int64_t to,
                     int64_t first, int batch) {
  int64_t row = from;
  for (; row + 4 <= to; row += 4) {
    tile_f32(p, w, columns, row, 4, first, batch);
  }
  for (; row < to; row++) {
    tile_f32(p, w, columns, row, 1, first, batch);
  }
}

/* Values ahead of the loop that are asked for; a row follows the one before it in memory. */
#define AHEAD 2048

/* One vector: the matrix is one stream, read as fast as memory gives it. */
static void stream_f32(const product *p, const float *w, int64_t columns, int64_t from,
                       int64_t to) {
  for (int64_t row = from; row < to; row++) {
    const float *at = w + row * columns;
    vfloat sums[8] = {0};
    int64_t c = 0;
    for (; c + 8 * LANES <= columns; c += 8 * LANES) {
      for (int i = 0; i < 8; i++) {
        __builtin_prefetch(at + c + i * LANES + AHEAD);
        sums[i] = fused(load(at + c + i * LANES), load(p->x + c + i * LANES), sums[i]);
      }
    }
    vfloat total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
                   ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (; c + LANES <= columns; c += LANES) {
      total = fused(load(at + c), load(p->x + c), total);
    }
    float s = sum(total);
    for (; c < columns; c++) {
      s += at[c] * p->x[c];
    }
    finish(p, 0, row, s);
  }
}

/* Bytes of a matrix that all vectors are multiplied with in turn; they stay in a second-level cache. */
#define BLOCK_BYTES (256 << 10)

static void block_f32(const product *p, const float *w, int64_t columns, int64_t from,
                      int64_t to) {
  int64_t b = 0;
  for (; b + 4 <= p->batch; b += 4) {
    rows_f32(p, w, columns, from, to, b, 4);
  }
  switch (p->batch - b) {
    case 3: rows_f32(p, w, columns, from, to, b, 3); break;
    case 2: rows_f32(p, w, columns, from, to, b, 2); break;
    case 1: rows_f32(p, w, columns, from, to, b, 1); break;
    default: break;
  }
}

static void product_f32(const product *p, const float *w, int64_t columns, int64_t from,
                        int64_t to) {
  if (p->batch == 1) {
    stream_f32(p, w, columns, from, to);
    return;
  }
  int64_t rows = BLOCK_BYTES / (columns * (int64_t)sizeof(float)) / 4 * 4;
  rows = rows < 4 ? 4 : rows;
  for (int64_t row = from; row < to; row += rows) {
    block_f32(p, w, columns, row, row + rows < to ? row + rows : to);
  }
}

/* ---- scales of blocks ---- */

static void scales(const block_scales *s, int64_t from, int64_t to, float *out) {
  if (!s->nested) {
    memcpy(out, s->absmax + from, (size_t)(to - from) * sizeof(float));
    return;
  }
  for (int64_t i = from; i < to; i++) {
    float scaled = s->nested[s->codes[i]] * s->nested_absmax[i / 256];
    out[i - from] = scaled + s->offset;
  }
}

INLINE float scale_of(const block_scales *s, int64_t block) {
  float scale;
  scales(s, block, block + 1, &scale);
  return scale;
}

/* ---- 4-bit codes to values ---- */

#if LANES > 4
/* Values of the low four bits of each lane. */
INLINE vfloat lookup(const float *values, vint codes) {
#if LANES == 16
  return (vfloat)_mm512_permutexvar_ps((__m512i)codes, _mm512_loadu_ps(values));
#else
  __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(values), (__m256i)codes);
  __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(values + 8), (__m256i)codes);
  return (vfloat)_mm256_blendv_ps(low, high, (__m256)_mm256_slli_epi32((__m256i)codes, 28));
#endif
}

/* LANES bytes, each in the low end of a lane. */
INLINE vint widen(const uint8_t *bytes) {
#if LANES == 16
  return (vint)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)bytes));
#else
  return (vint)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)bytes));
#endif
}

/* a0 b0 a1 b1 … of two vectors, into memory. */
INLINE void store_interleaved(float *out, vfloat a, vfloat b) {
#if LANES == 16
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
  _mm512_storeu_ps(out, _mm512_permutex2var_ps((__m512)a, low, (__m512)b));
  _mm512_storeu_ps(out + 16, _mm512_permutex2var_ps((__m512)a, high, (__m512)b));
#else
  __m256 low = _mm256_unpacklo_ps((__m256)a, (__m256)b);
  __m256 high = _mm256_unpackhi_ps((__m256)a, (__m256)b);
  _mm256_storeu_ps(out, _mm256_permute2f128_ps(low, high, 0x20));
  _mm256_storeu_ps(out + 8, _mm256_permute2f128_ps(low, high, 0x31));
#endif
}
#endif

INLINE float value_at(const matrix4 *w, int64_t i, float scale) {
  int byte = w->packed[i / 2];
  return w->book->values[i % 2 ? byte & 15 : byte >> 4] * scale;
}

/* Values from..to-1 of one block. */
INLINE void dequantize_block(const matrix4 *w, int64_t from, int64_t to, float *out) {
  float scale = scale_of(&w->scales, from / w->block);
  int64_t i = from;
  if (i % 2 && i < to) {
    *out++ = value_at(w, i++, scale);
  }
#if LANES > 4
  vfloat s = all(scale);
  for (; i + 2 * LANES <= to; i += 2 * LANES, out += 2 * LANES) {
    vint bytes = widen(w->packed + i / 2);
    vfloat even = lookup(w->book->values, bytes >> 4) * s;
    vfloat odd = lookup(w->book->values, bytes) * s;
    store_interleaved(out, even, odd);
  }
#endif
  for (; i < to; i++) {
    *out++ = value_at(w, i, scale);
  }
}

static void dequantize_4bit(const matrix4 *w, int64_t from, int64_t to, float *out) {
  for (int64_t i = from; i < to;) {
    int64_t end = (i / w->block + 1) * w->block;
    end = end < to ? end : to;
    dequantize_block(w, i, end, out + (i - from));
    i = end;
  }
}

/* ---- products with a 4-bit matrix ---- */

/* Any block size and any number of columns: a stretch of a row at a time becomes values. */
static void product_4bit_any(const product *p, const matrix4 *w, int64_t from, int64_t to) {
  float values[CHUNK];
  for (int64_t row = from; row < to; row++) {
    for (int64_t b = 0; b < p->batch; b++) {
      float s = 0;
      for (int64_t c = 0; c < w->columns; c += CHUNK) {
        int64_t n = w->columns - c < CHUNK ? w->columns - c : CHUNK;
        int64_t start = row * w->columns + c;
        dequantize_4bit(w, start, start + n, values);
        s += dot(values, p->x + b * p->x_stride + c, n);
      }
      finish(p, b, row, s);
    }
  }
}

#if LANES > 4
/* Codes of a lane of four bytes times lanes: what one load brings. */
#define GROUP (8 * LANES)

/* Scales of a row that are made at a time; a row may have more. */
#define ROW_SCALES 512

/* Where the n-th code of a lane lies in its four bytes: the high nibble of a byte comes first. */
INLINE int bits_before(int n) { return n / 2 * 8 + (n % 2 ? 0 : 4); }

/* The scales of the lanes of a group, whose blocks hold a whole group or half of one. */
INLINE vfloat group_scales(const float *scales, int64_t group, int64_t block) {
#if LANES == 16
  if (block == GROUP / 2) {
    __m512 low = _mm512_set1_ps(scales[2 * group]);
    return (vfloat)_mm512_mask_broadcastss_ps(low, 0xff00, _mm_load_ss(scales + 2 * group + 1));
  }
#endif
  return all(scales[group * GROUP / block]);
}

/*
 * One row times `batch` vectors in the order of order_for_4bit. Sums within a group carry no
 * scale, so a group costs one multiplication by it.
 */
INLINE void row_4bit(const product *p, const matrix4 *w, int64_t row, int64_t first, int batch) {
  float scale[ROW_SCALES];
  vfloat sums[4];
  for (int b = 0; b < batch; b++) {
    sums[b] = (vfloat){0};
  }
  const uint8_t *packed = w->packed + row * w->columns / 2;
  const float *x = p->x + first * p->x_stride;
  int64_t blocks = w->columns / w->block;
  for (int64_t done = 0; done < blocks; done += ROW_SCALES) {
    int64_t count = blocks - done < ROW_SCALES ? blocks - done : ROW_SCALES;
    scales(&w->scales, row * blocks + done, row * blocks + done + count, scale);
    int64_t start = done * w->block;
    for (int64_t group = 0; group < count * w->block / GROUP; group++) {
      int64_t c = start + group * GROUP;
      vint codes;
      memcpy(&codes, packed + c / 2, sizeof codes);
      __builtin_prefetch(packed + c / 2 + AHEAD / 2);
      vfloat even[4], odd[4];
      for (int b = 0; b < batch; b++) {
        even[b] = (vfloat){0};
        odd[b] = (vfloat){0};
      }
      for (int n = 0; n < 8; n += 2) {
        vfloat first_values = lookup(w->book->values, codes >> bits_before(n));
        vfloat second_values = lookup(w->book->values, codes >> bits_before(n + 1));
        for (int b = 0; b < batch; b++) {
          const float *at = x + b * p->x_stride + c + n * LANES;
          even[b] = fused(first_values, load(at), even[b]);
          odd[b] = fused(second_values, load(at + LANES), odd[b]);
        }
      }
      vfloat group_scale = group_scales(scale, group, w->block);
      for (int b = 0; b < batch; b++) {
        sums[b] = fused(even[b] + odd[b], group_scale, sums[b]);
      }
    }
  }
  for (int b = 0; b < batch; b++) {
    finish(p, first + b, row, sum(sums[b]));
  }
}

INLINE void rows_4bit(const product *p, const matrix4 *w, int64_t from, int64_t to, int64_t first,
                      int batch) {
  for (int64_t row = from; row < to; row++) {
    row_4bit(p, w, row, first, batch);
  }
}

static void product_4bit_groups(const product *p, const matrix4 *w, int64_t from, int64_t to) {
  int64_t b = 0;
  for (; b + 4 <= p->batch; b += 4) {
    rows_4bit(p, w, from, to, b, 4);
  }
  switch (p->batch - b) {
    case 3: rows_4bit(p, w, from, to, b, 3); break;
    case 2: rows_4bit(p, w, from, to, b, 2); break;
    case 1: rows_4bit(p, w, from, to, b, 1); break;
    default: break;
  }
}

/* Whether a row is whole groups and the scales of a group's lanes are known to group_scales. */
static int is_grouped(const matrix4 *w) {
  int whole = w->columns % w->block == 0 && w->columns % GROUP == 0;
  return whole && (w->block % GROUP == 0 || (LANES == 16 && w->block == GROUP / 2));
}
#else
static int is_grouped(const matrix4 *w) {
  (void)w;
  return 0;
}
#endif

static void product_4bit(const product *p, const matrix4 *w, int64_t from, int64_t to) {
#if LANES > 4
  if (is_grouped(w)) {
    product_4bit_groups(p, w, from, to);
    return;
  }
#endif
  product_4bit_any(p, w, from, to);
}

/*
 * Within a group, first the first code of each lane, then the second of each, and so on: lane l's
 * n-th code is value 8 l + n.
 */
static int order_for_4bit(const matrix4 *w, const float *x, float *out) {
  if (!is_grouped(w)) {
    return 0;
  }
#if LANES > 4
  for (int64_t c = 0; c < w->columns; c += GROUP) {
    for (int n = 0; n < 8; n++) {
      for (int l = 0; l < LANES; l++) {
        out[c + n * LANES + l] = x[c + 8 * l + n];
      }
    }
  }
#else
  (void)x;
  (void)out;
#endif
  return 1;
}

/* ---- values to 4-bit codes ---- */

/* The largest magnitude, or NaN if one of the values is. */
INLINE float largest(const float *w, int64_t n) {
  vfloat most = {0}, strange = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    vfloat v = load(w + i);
    vfloat a = (vfloat)((vint)v & 0x7fffffff);
    vint larger = a > most;
    most = (vfloat)(((vint)a & larger) | ((vint)most & ~larger));
    strange += v - v; /* NaN for NaN and infinity */
  }
  float m = 0;
  for (int l = 0; l < LANES; l++) {
    m = most[l] > m ? most[l] : m;
  }
  for (; i < n; i++) {
    float a = __builtin_fabsf(w[i]);
    m = a > m || a != a ? a : m;
  }
  return sum(strange) == 0 || m == __builtin_inff() ? m : __builtin_nanf("");
}

/* Ranks of values among the codes: how many midpoints lie below each, so a tie goes down. */
INLINE void ranks(const float *scaled, int64_t n, const codebook4 *book, uint8_t *out) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    vfloat v = load(scaled + i);
    vint rank = {0};
    for (int m = 0; m < 15; m++) {
      rank -= v > all(book->midpoints[m]);
    }
    for (int l = 0; l < LANES; l++) {
      out[i + l] = (uint8_t)rank[l];
    }
  }
  for (; i < n; i++) {
    int rank = 0;
    for (int m = 0; m < 15; m++) {
      rank += scaled[i] > book->midpoints[m];
    }
    out[i] = (uint8_t)rank;
  }
}

/* Blocks from..to-1 of n values. A full block is multiplied by 1/absmax, a short last one divided. */
static void quantize_4bit(const float *w, int64_t n, int64_t block, const codebook4 *book,
                          int64_t from, int64_t to, uint8_t *packed, float *absmax) {
  float scaled[4096];
  uint8_t codes[4097];
  for (int64_t b = from; b < to; b++) {
    const float *values = w + b * block;
    int64_t count = n - b * block < block ? n - b * block : block;
    float scale = largest(values, count);
    if (count < block && scale < 1e-38f) {
      scale = 1e-38f;
    }
    absmax[b] = scale;
    int nothing = scale < FLT_MIN; /* a scale that has no inverse: all its values count as zero */
    int divide = count < block;
    float inverse = nothing ? 0 : 1 / scale;
    for (int64_t i = 0; i < count; i++) {
      scaled[i] = divide && !nothing ? values[i] / scale : values[i] * inverse;
    }
    ranks(scaled, count, book, codes);
    for (int64_t i = 0; i < count; i++) {
      codes[i] = book->by_rank[codes[i]];
    }
    if (count % 2) {
      codes[count] = book->by_rank[7]; /* the code of zero */
    }
    uint8_t *out = packed + b * block / 2;
    for (int64_t i = 0; i < (count + 1) / 2; i++) {
      out[i] = (uint8_t)(codes[2 * i] << 4 | codes[2 * i + 1]);
    }
  }
}

/* ---- 16-bit types, rounded to nearest even ---- */

static void to_bfloat16(const float *in, int64_t n, uint16_t *out) {
  for (int64_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, in + i, 4);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t quiet = bits >> 16 | 0x40;
    out[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
  }
}

INLINE uint16_t float16_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  }
  if (magnitude >= 0x477ff000) { /* rounds to 65536 or more */
    return (uint16_t)(sign | 0x7c00);
  }
  if (magnitude < 0x38800000) { /* subnormal: let the addition round */
    float shifted;
    memcpy(&shifted, &magnitude, 4);
    shifted += 0.5f;
    memcpy(&magnitude, &shifted, 4);
    return (uint16_t)(sign | (magnitude - 0x3f000000));
  }
  return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

static void to_float16(const float *in, int64_t n, uint16_t *out) {
  int64_t i = 0;
#if LANES == 16
  for (; i + 16 <= n; i += 16) {
    __m256i half = _mm512_cvtps_ph(_mm512_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT);
    _mm256_storeu_si256((__m256i *)(out + i), half);
  }
#elif LANES == 8
  for (; i + 8 <= n; i += 8) {
    __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128((__m128i *)(out + i), half);
  }
#endif
  for (; i < n; i++) {
    out[i] = float16_of(in[i]);
  }
}

#define TEXT(x) #x
#define NAME(isa) TEXT(isa)

const kernels TABLE(KERNELS_, ISA) = {
    .name = NAME(ISA),
    .product_f32 = product_f32,
    .product_4bit = product_4bit,
    .order_for_4bit = order_for_4bit,
    .dequantize_4bit = dequantize_4bit,
    .quantize_4bit = quantize_4bit,
    .to_bfloat16 = to_bfloat16,
    .to_float16 = to_float16,
};
