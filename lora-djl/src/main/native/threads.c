/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work is split over the OpenMP threads that libtorch has started already, so that its products
 * and ours never fight for the cores and one setting of the thread count holds for both. The
 * runtime is found among the loaded libraries; where there is none, work runs on one thread.
 */
#define _GNU_SOURCE
#include "lora4j.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#if defined(__linux__)
#include <link.h>
#endif

typedef void (*gomp_parallel_fn)(void (*)(void *), void *, unsigned, unsigned);
typedef int (*omp_int_fn)(void);

static gomp_parallel_fn gomp_parallel;
static omp_int_fn thread_number;
static omp_int_fn team_size;
static omp_int_fn max_threads;
static omp_int_fn in_parallel;

typedef struct {
  char openmp[4096]; /* of libtorch's own directory, if there is one */
  char torch[4096];
} loaded;

#if defined(__linux__)
static int is_openmp(const char *path) {
  const char *name = strrchr(path, '/');
  name = name ? name + 1 : path;
  return !strncmp(name, "libgomp", 7) || !strncmp(name, "libiomp", 7) ||
         !strncmp(name, "libomp", 6);
}

static int same_directory(const char *a, const char *b) {
  const char *end_a = strrchr(a, '/'), *end_b = strrchr(b, '/');
  return end_a && end_b && end_a - a == end_b - b && !strncmp(a, b, (size_t)(end_a - a));
}

static int visit_torch(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  loaded *found = data;
  if (strstr(info->dlpi_name, "libtorch_cpu") && strlen(info->dlpi_name) < sizeof found->torch) {
    strcpy(found->torch, info->dlpi_name);
    return 1;
  }
  return 0;
}

static int visit_openmp(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  loaded *found = data;
  if (!is_openmp(info->dlpi_name) || strlen(info->dlpi_name) >= sizeof found->openmp) {
    return 0;
  }
  int beside_torch = same_directory(info->dlpi_name, found->torch);
  if (beside_torch || !found->openmp[0]) {
    strcpy(found->openmp, info->dlpi_name);
  }
  return beside_torch;
}

static void *open_loaded(const char *path) {
  return path[0] ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : NULL;
}
#endif

/* Of libtorch's C interface, which is stable across versions; 0 is success. */
static int32_t (*torch_data)(void *, void **);
static int32_t (*torch_dim)(void *, int64_t *);
static int32_t (*torch_sizes)(void *, int64_t **);
static int32_t (*torch_strides)(void *, int64_t **);

/*
 * Finds libtorch and its threads among what the process has loaded.
 * Returns how many threads work is split over, or 0 if libtorch is not loaded.
 */
EXPORT int32_t lora4j_attach(void) {
#if defined(__linux__)
  static loaded found;
  dl_iterate_phdr(visit_torch, &found);
  void *torch = open_loaded(found.torch);
  if (!torch) {
    return 0;
  }
  *(void **)&torch_data = dlsym(torch, "aoti_torch_get_data_ptr");
  *(void **)&torch_dim = dlsym(torch, "aoti_torch_get_dim");
  *(void **)&torch_sizes = dlsym(torch, "aoti_torch_get_sizes");
  *(void **)&torch_strides = dlsym(torch, "aoti_torch_get_strides");
  if (!torch_data || !torch_dim || !torch_sizes || !torch_strides) {
    return 0;
  }
  dl_iterate_phdr(visit_openmp, &found);
  void *openmp = open_loaded(found.openmp);
  if (openmp) {
    *(void **)&thread_number = dlsym(openmp, "omp_get_thread_num");
    *(void **)&team_size = dlsym(openmp, "omp_get_num_threads");
    *(void **)&max_threads = dlsym(openmp, "omp_get_max_threads");
    *(void **)&in_parallel = dlsym(openmp, "omp_in_parallel");
    *(void **)&gomp_parallel = dlsym(openmp, "GOMP_parallel");
  }
  if (!thread_number || !team_size || !max_threads || !in_parallel) {
    gomp_parallel = NULL;
  }
  return gomp_parallel ? max_threads() : 1;
#else
  return 0;
#endif
}

static int is_contiguous(void *tensor) {
  int64_t dim, *sizes, *strides, expected = 1;
  if (torch_dim(tensor, &dim) || torch_sizes(tensor, &sizes) || torch_strides(tensor, &strides)) {
    return 0;
  }
  for (int64_t d = dim - 1; d >= 0; d--) {
    if (sizes[d] != 1 && strides[d] != expected) {
      return 0;
    }
    expected *= sizes[d];
  }
  return 1;
}

/*
 * The address of a matrix's first value, and in `stride` how many values apart its rows lie; null
 * if it is no matrix or the values of a row do not lie one after the other.
 */
EXPORT void *lora4j_rows(void *tensor, int64_t *stride) {
  int64_t dim, *sizes, *strides;
  void *data = NULL;
  if (torch_dim(tensor, &dim) || dim != 2 || torch_sizes(tensor, &sizes) ||
      torch_strides(tensor, &strides) || (sizes[1] > 1 && strides[1] != 1)) {
    return NULL;
  }
  *stride = strides[0];
  return torch_data(tensor, &data) == 0 ? data : NULL;
}

/* The address of a tensor's values, or null if they do not lie one after the other. */
EXPORT void *lora4j_data(void *tensor) {
  void *data = NULL;
  return is_contiguous(tensor) && torch_data(tensor, &data) == 0 ? data : NULL;
}

typedef struct {
  int64_t items;
  int64_t grain;
  range_fn work;
  void *task;
} split;

static void run_share(void *data) {
  const split *s = data;
  int64_t grains = (s->items + s->grain - 1) / s->grain;
  int64_t threads = team_size(), me = thread_number();
  int64_t from = grains * me / threads * s->grain;
  int64_t to = grains * (me + 1) / threads * s->grain;
  if (to > s->items) {
    to = s->items;
  }
  if (from < to) {
    s->work(s->task, from, to);
  }
}

int64_t threads_of_a_task(void) {
  return gomp_parallel && !in_parallel() ? max_threads() : 1;
}

void on_all_threads(void (*work)(void *), void *task) {
  int64_t threads = threads_of_a_task();
  if (threads == 1) {
    work(task);
  } else {
    gomp_parallel(work, task, (unsigned)threads, 0);
  }
}

void parallel_for(int64_t items, int64_t grain, range_fn work, void *task) {
  int64_t grains = (items + grain - 1) / grain;
  int64_t threads = threads_of_a_task();
  if (threads > grains) {
    threads = grains;
  }
  if (threads <= 1) {
    if (items > 0) {
      work(task, 0, items);
    }
    return;
  }
  split s = {items, grain, work, task};
  gomp_parallel(run_share, &s, (unsigned)threads, 0);
}

typedef struct {
  int64_t pieces;
  piece_fn work;
  void *task;
  int64_t next;
} drawn;

static void draw_pieces(void *data) {
  drawn *d = data;
  int64_t piece;
  while ((piece = __atomic_fetch_add(&d->next, 1, __ATOMIC_RELAXED)) < d->pieces) {
    d->work(d->task, piece);
  }
}

void pieces_for(int64_t pieces, piece_fn work, void *task) {
  drawn d = {pieces, work, task, 0};
  if (pieces > 1) {
    on_all_threads(draw_pieces, &d);
  } else {
    draw_pieces(&d);
  }
}
