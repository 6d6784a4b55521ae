#include "core/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 4096, FIRST_BYTES = 512 };

static bool is_large(size_t bytes)
{
    return bytes >= MLE_LARGE_BYTES;
}

static size_t whole_pages(size_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static void *allocate(size_t bytes)
{
    if (!is_large(bytes))
        return malloc(bytes);
    void *block =
        mmap(NULL, whole_pages(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

void mle_memory_free(void *block, size_t bytes)
{
    if (!block)
        return;
    if (is_large(bytes))
        munmap(block, whole_pages(bytes));
    else
        free(block);
}

void *mle_memory_resize(void *old, size_t old_bytes, size_t new_bytes)
{
    if (new_bytes > SIZE_MAX - PAGE_BYTES)
        return NULL;
    if (!old)
        return allocate(new_bytes);
    if (is_large(old_bytes) && is_large(new_bytes)) {
        void *block = mremap(old, whole_pages(old_bytes), whole_pages(new_bytes), MREMAP_MAYMOVE);
        return block == MAP_FAILED ? NULL : block;
    }
    if (!is_large(old_bytes) && !is_large(new_bytes))
        return realloc(old, new_bytes);
    void *block = allocate(new_bytes);
    if (!block)
        return NULL;
    memcpy(block, old, old_bytes < new_bytes ? old_bytes : new_bytes);
    mle_memory_free(old, old_bytes);
    return block;
}

void mle_memory_touch(void *block, size_t bytes, size_t from, size_t to)
{
#ifdef MADV_POPULATE_WRITE
    if (!is_large(bytes) || from >= to)
        return;
    from = from / PAGE_BYTES * PAGE_BYTES;
    madvise((char *)block + from, to - from, MADV_POPULATE_WRITE);
#else
    (void)block, (void)bytes, (void)from, (void)to;
#endif
}

void mle_buffer_init(struct mle_buffer *buffer, struct mle_budget *budget)
{
    *buffer = (struct mle_buffer){ .budget = budget };
}

void mle_buffer_finish(struct mle_buffer *buffer)
{
    mle_memory_free(buffer->bytes, buffer->capacity);
    mle_budget_give(buffer->budget, buffer->capacity);
    *buffer = (struct mle_buffer){ .budget = buffer->budget };
}

static bool grow(struct mle_buffer *buffer, size_t need)
{
    size_t want = buffer->capacity ? buffer->capacity + buffer->capacity / 2 : FIRST_BYTES;
    if (want < need)
        want = need;
    size_t more = want - buffer->capacity;
    if (!mle_budget_take(buffer->budget, more)) {
        buffer->limited = true;
        return false;
    }
    char *bytes = mle_memory_resize(buffer->bytes, buffer->capacity, want);
    if (!bytes) {
        mle_budget_give(buffer->budget, more);
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = want;
    return true;
}

bool mle_buffer_reserve(struct mle_buffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    if (more <= buffer->capacity - buffer->n)
        return true;
    if (more > SIZE_MAX / 4 || !grow(buffer, buffer->n + more)) {
        buffer->failed = true;
        return false;
    }
    return true;
}

bool mle_buffer_append(struct mle_buffer *buffer, size_t n, const void *bytes)
{
    if (!mle_buffer_reserve(buffer, n))
        return false;
    if (n > 0)
        memcpy(buffer->bytes + buffer->n, bytes, n);
    buffer->n += n;
    return true;
}
