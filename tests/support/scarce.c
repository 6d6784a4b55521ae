#include "tests/support/scarce.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

static struct {
    bool on, and_after, reached;
    size_t n, fail_at;
    long live;
} scarce;

/* Whether this allocation may not succeed. */
static bool fails(void)
{
    if (!scarce.on)
        return false;
    scarce.n++;
    if (scarce.fail_at == 0 || scarce.n < scarce.fail_at)
        return false;
    scarce.reached = true;
    return scarce.n == scarce.fail_at || scarce.and_after;
}

static void *taken(void *block)
{
    scarce.live += scarce.on && block;
    return block;
}

/* What the linker puts in place of the names behind __wrap_; the real ones are behind __real_. The
   names are the linker's, reserved or not. */
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
void __real_free(void *block);
void *__real_mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__real_mremap(void *block, size_t bytes, size_t more, int flags, ...);
int __real_munmap(void *block, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
void __wrap_free(void *block);
void *__wrap_mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mremap(void *block, size_t bytes, size_t more, int flags, ...);
int __wrap_munmap(void *block, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    return fails() ? NULL : taken(__real_malloc(bytes));
}

void *__wrap_calloc(size_t n, size_t bytes)
{
    return fails() ? NULL : taken(__real_calloc(n, bytes));
}

/* Moves a block: none more unless there was none. */
void *__wrap_realloc(void *block, size_t bytes)
{
    if (fails())
        return NULL;
    void *moved = __real_realloc(block, bytes);
    return block ? moved : taken(moved);
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
    return fails() ? NULL : taken(__real_aligned_alloc(align, bytes));
}

void __wrap_free(void *block)
{
    scarce.live -= scarce.on && block;
    __real_free(block);
}

void *__wrap_mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    if (fails())
        return MAP_FAILED;
    void *block = __real_mmap64(at, bytes, protection, flags, fd, offset);
    return block == MAP_FAILED ? block : taken(block);
}

void *__wrap_mremap(void *block, size_t bytes, size_t more, int flags, ...)
{
    return fails() ? MAP_FAILED : __real_mremap(block, bytes, more, flags);
}

int __wrap_munmap(void *block, size_t bytes)
{
    scarce.live -= scarce.on;
    return __real_munmap(block, bytes);
}

/* jansson is a shared library: the linker wraps nothing in it. */
static void *json_take(size_t bytes)
{
    return malloc(bytes);
}

static void json_give(void *block)
{
    free(block);
}

void scarce_init(void)
{
    json_object_seed(1); /* it would be made, with a file, in the middle of a count */
    json_set_alloc_funcs(json_take, json_give);
}

void scarce_begin(size_t fail_at, bool and_after)
{
    scarce.on = true;
    scarce.and_after = and_after;
    scarce.reached = false;
    scarce.n = 0;
    scarce.fail_at = fail_at;
    scarce.live = 0;
}

bool scarce_end(void)
{
    scarce.on = false;
    return scarce.reached;
}

long scarce_live(void)
{
    return scarce.live;
}
