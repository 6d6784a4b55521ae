#include "core/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64, FIRST_CHUNK_BYTES = 16 << 10, MAX_CHUNK_BYTES = 1 << 20 };

struct mle_chunk {
    struct mle_chunk *older;
    size_t bytes;       /* with this header */
    char *end_of_older; /* free pointer of the older chunk when this one was started */
};

void mle_budget_init(struct mle_budget *budget, size_t limit_bytes, struct mle_budget *parent)
{
    atomic_init(&budget->used_bytes, 0);
    budget->limit_bytes = limit_bytes;
    budget->parent = parent;
}

bool mle_budget_take(struct mle_budget *budget, size_t bytes)
{
    for (struct mle_budget *b = budget; b; b = b->parent) {
        size_t before = atomic_fetch_add_explicit(&b->used_bytes, bytes, memory_order_relaxed);
        if (before <= b->limit_bytes && bytes <= b->limit_bytes - before)
            continue;
        for (struct mle_budget *undo = budget;; undo = undo->parent) {
            atomic_fetch_sub_explicit(&undo->used_bytes, bytes, memory_order_relaxed);
            if (undo == b)
                return false;
        }
    }
    return true;
}

void mle_budget_give(struct mle_budget *budget, size_t bytes)
{
    for (; budget; budget = budget->parent)
        atomic_fetch_sub_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
}

static void *heap_allocate(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes); /* take() aligns; aligned_alloc is slow, and leaves small pieces behind */
}

static void heap_release(void *ctx, void *chunk, size_t bytes)
{
    (void)ctx;
    (void)bytes;
    free(chunk);
}

static const struct mle_backing heap = { heap_allocate, heap_release, NULL };

void mle_arena_init(struct mle_arena *arena, struct mle_budget *budget,
                    const struct mle_backing *backing)
{
    *arena = (struct mle_arena){ .budget = budget, .backing = backing ? backing : &heap };
}

static void drop_newest(struct mle_arena *arena)
{
    struct mle_chunk *chunk = arena->chunk;
    struct mle_chunk *older = chunk->older;
    arena->next = chunk->end_of_older;
    arena->end = older ? (char *)older + older->bytes : NULL;
    arena->chunk = older;
    size_t bytes = chunk->bytes;
    arena->backing->release(arena->backing->ctx, chunk, bytes);
    mle_budget_give(arena->budget, bytes);
}

void mle_arena_finish(struct mle_arena *arena)
{
    while (arena->chunk)
        drop_newest(arena);
}

/* Starts a chunk with room for at least bytes + ALIGN. Chunks double up to MAX_CHUNK_BYTES. */
static bool grow(struct mle_arena *arena, size_t bytes)
{
    const size_t header = (sizeof(struct mle_chunk) + ALIGN - 1) / ALIGN * ALIGN;
    size_t want = arena->chunk ? 2 * arena->chunk->bytes : FIRST_CHUNK_BYTES;
    if (want > MAX_CHUNK_BYTES)
        want = MAX_CHUNK_BYTES;
    if (bytes > SIZE_MAX / 2) {
        arena->limited = true;
        return false;
    }
    size_t need = (header + bytes + 2 * ALIGN) / ALIGN * ALIGN;
    if (want < need)
        want = need;
    arena->limited = !mle_budget_take(arena->budget, want);
    if (arena->limited)
        return false;
    struct mle_chunk *chunk = arena->backing->allocate(arena->backing->ctx, want);
    if (!chunk) {
        mle_budget_give(arena->budget, want);
        return false;
    }
    *chunk = (struct mle_chunk){ arena->chunk, want, arena->next };
    arena->chunk = chunk;
    arena->next = (char *)chunk + header;
    arena->end = (char *)chunk + want;
    return true;
}

static void *take(struct mle_arena *arena, size_t bytes, size_t align)
{
    for (;;) {
        uintptr_t at = ((uintptr_t)arena->next + align - 1) / align * align;
        if (arena->next && at <= (uintptr_t)arena->end && bytes <= (uintptr_t)arena->end - at) {
            arena->next = (char *)at + bytes;
            return (char *)at;
        }
        if (!grow(arena, bytes))
            return NULL;
    }
}

void *mle_arena_alloc(struct mle_arena *arena, size_t bytes)
{
    return take(arena, bytes, 16);
}

double *mle_arena_doubles(struct mle_arena *arena, size_t n)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, sizeof(double), &bytes)) {
        arena->limited = true;
        return NULL;
    }
    return take(arena, bytes, ALIGN);
}

void *mle_arena_zeros(struct mle_arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        arena->limited = true;
        return NULL;
    }
    void *p = take(arena, bytes, 16);
    return p ? memset(p, 0, bytes) : NULL;
}

char *mle_arena_text(struct mle_arena *arena, size_t n, const char *text)
{
    char *copy = n == SIZE_MAX ? NULL : take(arena, n + 1, 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

enum mle_status mle_arena_fail(const struct mle_arena *arena, struct mle_error *err)
{
    if (arena->limited)
        return mle_fail(err, MLE_MEMORY_LIMIT, "the request needs more memory than it may use");
    return mle_fail(err, MLE_NO_MEMORY, "the process is out of memory");
}

struct mle_arena_mark mle_arena_mark(const struct mle_arena *arena)
{
    return (struct mle_arena_mark){ arena->chunk, arena->next };
}

void mle_arena_rewind(struct mle_arena *arena, struct mle_arena_mark mark)
{
    while (arena->chunk != mark.chunk)
        drop_newest(arena);
    arena->next = mark.next;
}
