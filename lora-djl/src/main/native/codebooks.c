/* SPDX-License-Identifier: Apache-2.0 */
/* The code values of bitsandbytes' 4-bit types, and the midpoints that decide between them. */
#include "lora4j.h"

/* Quantiles of a normal distribution with an exact zero (Dettmers et al., 2023, appendix E). */
const codebook4 CODEBOOK_NF4 = {
    .values = {-1.0f, -0.696192801f, -0.525073051f, -0.394917488f, -0.284441382f, -0.18477343f,
               -0.0910500363f, 0.0f, 0.0795802996f, 0.160930201f, 0.246112302f, 0.337915242f,
               0.440709829f, 0.562617004f, 0.722956836f, 1.0f},
    .midpoints = {-0.848096371f, -0.610632896f, -0.45999527f, -0.33967942f, -0.234607399f,
                  -0.137911737f, -0.0455250181f, 0.0397901498f, 0.120255247f, 0.203521252f,
                  0.292013764f, 0.389312536f, 0.501663446f, 0.64278692f, 0.861478448f},
    .by_rank = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
};

/*
 * A sign, two bits of exponent and one of mantissa. Code 8 is a zero of its own, negative, which
 * bitsandbytes writes for what is just above zero; zero itself is code 0.
 */
const codebook4 CODEBOOK_FP4 = {
    .values = {0.0f, 0.00520833349f, 0.666666687f, 1.0f, 0.333333343f, 0.5f, 0.166666672f, 0.25f,
               -0.0f, -0.00520833349f, -0.666666687f, -1.0f, -0.333333343f, -0.5f, -0.166666672f,
               -0.25f},
    .midpoints = {-0.833333373f, -0.583333373f, -0.416666687f, -0.291666687f, -0.208333343f,
                  -0.0859375f, -0.00260416674f, 0.0f, 0.00260416674f, 0.0859375f,
                  0.208333343f, 0.291666687f, 0.416666687f, 0.583333373f, 0.833333373f},
    .by_rank = {11, 10, 13, 12, 15, 14, 9, 0, 8, 1, 6, 7, 4, 5, 2, 3},
};
