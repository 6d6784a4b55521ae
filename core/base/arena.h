/* Memory of one request: a bump allocator whose bytes are counted against a budget.

   There are three lifetimes in mled and no others: the request's arena, immutable
   reference-counted data (core/data/data.h) and the process. */
#ifndef MLE_CORE_BASE_ARENA_H
#define MLE_CORE_BASE_ARENA_H

#include "core/base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* A limit on bytes, shared by everything that is counted against it. A request's budget has the
   process's as its parent: bytes taken from the child are taken from the parent too. Any thread. */
struct mle_budget {
    atomic_size_t used_bytes;
    size_t limit_bytes;
    struct mle_budget *parent; /* borrowed, NULL: none */
};

void mle_budget_init(struct mle_budget *budget, size_t limit_bytes, struct mle_budget *parent);

/* False, and nothing taken, if this budget or a parent would pass its limit. */
bool mle_budget_take(struct mle_budget *budget, size_t bytes);
void mle_budget_give(struct mle_budget *budget, size_t bytes);

/* Where an arena's chunks come from. Tests replace it to fail the n-th call. */
struct mle_backing {
    void *(*allocate)(void *ctx, size_t bytes); /* 64-byte aligned, NULL on failure */
    void (*release)(void *ctx, void *chunk, size_t bytes);
    void *ctx;
};

struct mle_chunk;

struct mle_arena {
    struct mle_budget *budget;         /* borrowed, NULL: unlimited */
    const struct mle_backing *backing; /* borrowed */
    struct mle_chunk *chunk;           /* newest */
    char *next, *end;                  /* free part of the newest chunk */
    bool limited; /* the last failure was the budget's: MLE_MEMORY_LIMIT, not MLE_NO_MEMORY */
};

/* A position to return to; everything allocated since is given back. */
struct mle_arena_mark {
    struct mle_chunk *chunk;
    char *next;
};

/* budget and backing may be NULL (unlimited; aligned_alloc). Allocates nothing yet. */
void mle_arena_init(struct mle_arena *arena, struct mle_budget *budget,
                    const struct mle_backing *backing);

/* Gives everything back. The arena may be used again. Accepts a zeroed arena. */
void mle_arena_finish(struct mle_arena *arena);

/* bytes of uninitialised memory, aligned to 16, NULL on failure. */
void *mle_arena_alloc(struct mle_arena *arena, size_t bytes);

/* n doubles, aligned to 64 bytes and uninitialised, NULL on failure or when n*8 overflows. */
double *mle_arena_doubles(struct mle_arena *arena, size_t n);

/* n elements of size bytes set to zero, NULL on failure or when the product overflows. */
void *mle_arena_zeros(struct mle_arena *arena, size_t n, size_t size);

/* Copy of n bytes with a NUL behind them, NULL on failure. */
char *mle_arena_text(struct mle_arena *arena, size_t n, const char *text);

/* The status of the allocation that just failed. */
enum mle_status mle_arena_fail(const struct mle_arena *arena, struct mle_error *err);

struct mle_arena_mark mle_arena_mark(const struct mle_arena *arena);
void mle_arena_rewind(struct mle_arena *arena, struct mle_arena_mark mark);

#endif
