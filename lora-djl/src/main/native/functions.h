/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of vectors. */
#ifndef LORA4J_FUNCTIONS_H
#define LORA4J_FUNCTIONS_H

#include "vectors.h"

INLINE vfloat choose(vint condition, vfloat yes, vfloat no) {
  return (vfloat)(((vint)yes & condition) | ((vint)no & ~condition));
}

/* Adding it to a float of magnitude below 2^22 leaves the nearest integer in the low bits. */
#define ROUNDER 12582912.0f

/*
 * e^x to 2 units in the last place: 2^n times the Taylor polynomial of the rest, |rest| ≤ ln 2 / 2.
 * Below −87.3 it is e^−87.3, above 88.3 e^88.3: the ends of float32. NaN stays NaN.
 */
INLINE vfloat exponential(vfloat x) {
  x = choose(x < all(-87.3f), all(-87.3f), x);
  x = choose(x > all(88.3f), all(88.3f), x);
  vfloat rounded = fused(x, all(1.44269504f), all(ROUNDER));
  vfloat n = rounded - all(ROUNDER);
  vfloat rest = fused(n, all(-0.693359375f), x);
  rest = fused(n, all(2.12194440e-4f), rest);
  vfloat e = all(1.0f / 5040);
  const float coefficients[] = {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f};
  for (int i = 0; i < 7; i++) {
    e = fused(e, rest, all(coefficients[i]));
  }
  vint power = ((vint)rounded - (vint)all(ROUNDER) + 127) << 23;
  return e * (vfloat)power;
}

/* tanh(u) = 1 − 2 / (1 + e^2u). */
INLINE vfloat capped(vfloat x, float cap) {
  vfloat e = exponential(x * all(2 / cap));
  return all(cap) * (all(1) - all(2) / (all(1) + e));
}

#endif
