/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a program. Every thread draws tickets, one a piece, in the order of the steps, and does
 * its piece as soon as the pieces before the last barrier are done. So a thread that is late holds
 * nobody up for longer than one piece, and one that must wait asks memory for its weights meanwhile.
 */
#define _GNU_SOURCE
#include "program.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

const token_kernels *token_kernels_in_use(void) {
  return IN_USE(TOKEN);
}

/* ---- running ---- */

#define LINE 64

/* Of its weights, what a waiting thread asks for in advance; less than a second-level cache. */
#define ADVANCE (64 << 10)

/* Looks at the counter before a waiting thread lets others run. */
#define PATIENCE 4000

static void breathe(int64_t looks) {
  if (looks > PATIENCE) {
    sched_yield();
    return;
  }
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int may_begin(const program *p, const step *s) {
  return __atomic_load_n(&p->done, __ATOMIC_ACQUIRE) >= s->needs;
}

static void await(const program *p, const step *s, int64_t piece) {
  if (s->stream) {
    const char *at = s->stream + piece * s->stream_bytes;
    int64_t bytes = s->stream_bytes < ADVANCE ? s->stream_bytes : ADVANCE;
    for (int64_t i = 0; i < bytes && !may_begin(p, s); i += 4 * LINE) {
      for (int64_t line = 0; line < 4; line++) {
        __builtin_prefetch(at + i + line * LINE, 0, 2);
      }
    }
  }
  for (int64_t looks = 0; !may_begin(p, s); looks++) {
    breathe(looks);
  }
}

static void run_share(void *data) {
  program *p = data;
  const step *s = p->steps;
  int64_t ticket;
  while ((ticket = __atomic_fetch_add(&p->next, 1, __ATOMIC_RELAXED)) < p->pieces) {
    while (ticket >= s->first + s->pieces) {
      s++;
    }
    await(p, s, ticket - s->first);
    s->work(p, s, ticket - s->first);
    __atomic_fetch_add(&p->done, 1, __ATOMIC_RELEASE);
  }
}

/*
 * Runs the program on one token of each of `batch` sequences; the position of a token is its place
 * in the cache.
 */
EXPORT void lora4j_program_run(program *p, const int32_t *tokens, const int32_t *positions,
                               int32_t batch) {
  p->k = K;
  p->t = token_kernels_in_use();
  p->tokens = tokens;
  p->positions = positions;
  p->batch = batch;
  p->next = 0;
  p->done = 0;
  on_all_threads(run_share, p);
}

/* ---- owning ---- */

/* An empty program for a decoder of some layers, or null if there is no memory. */
EXPORT program *lora4j_program_new(int64_t layers) {
  program *p = aligned_alloc(64, sizeof *p);
  layer_cache *caches = calloc((size_t)layers, sizeof *caches);
  if (!p || !caches) {
    free(p);
    free(caches);
    return NULL;
  }
  memset(p, 0, sizeof *p);
  p->layers = layers;
  p->caches = caches;
  return p;
}

EXPORT void lora4j_program_free(program *p) {
  free(p->steps);
  free(p->caches);
  free(p);
}

/* Where a layer's keys and values lie, [sequences][key_value_heads][capacity][head_dim]. */
EXPORT void lora4j_program_cache(program *p, int64_t layer, float *keys, float *values,
                                 int64_t key_value_heads, int64_t capacity, int64_t head_dim) {
  p->caches[layer] = (layer_cache){keys, values, key_value_heads, capacity, head_dim};
}

/* What is added from now on needs everything before to be done. */
EXPORT void lora4j_program_barrier(program *p) { p->needs = p->pieces; }

step *append(program *p, void (*work)(const program *, const step *, int64_t),
                    int64_t pieces) {
  if (p->count == p->room) {
    int64_t room = p->room ? 2 * p->room : 64;
    step *steps = realloc(p->steps, (size_t)room * sizeof *steps);
    if (!steps) {
      return NULL;
    }
    p->steps = steps;
    p->room = room;
  }
  step *s = &p->steps[p->count++];
  *s = (step){.work = work, .first = p->pieces, .pieces = pieces, .needs = p->needs};
  p->pieces += pieces;
  return s;
}
