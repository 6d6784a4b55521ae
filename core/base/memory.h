/* Blocks that grow, and bytes that grow, counted against a budget.

   Requests use arenas; this is for the few things whose size is known only when the last byte has
   come: columns under construction, the text of a document, an answer. */
#ifndef MLE_CORE_BASE_MEMORY_H
#define MLE_CORE_BASE_MEMORY_H

#include "core/base/arena.h"

/* Makes the block old (NULL: none) of old_bytes one of new_bytes and returns it; what fits is kept.
   NULL on failure, old is then as before. new_bytes > 0. Blocks of MLE_LARGE_BYTES and more are
   mappings of their own: growing them moves pages instead of copying, and pages that were never
   written are not resident. The C library's realloc promises this only until the first large block
   has been freed (its threshold adapts), so mled does not rely on it. Any thread. */
void *mle_memory_resize(void *old, size_t old_bytes, size_t new_bytes);

/* Frees a block; bytes is the size it was last given. NULL is allowed. */
void mle_memory_free(void *block, size_t bytes);

/* Makes the pages of bytes [from, to) of a large block resident, which costs a fraction of a fault
   for each of them. Only an advice; nothing happens to small blocks. */
void mle_memory_touch(void *block, size_t bytes, size_t from, size_t to);

enum { MLE_LARGE_BYTES = 128 << 10 };

/* Bytes that grow at the end. After the first failure nothing is appended any more, so a writer
   may look once, at its end. */
struct mle_buffer {
    struct mle_budget *budget; /* borrowed, NULL: unlimited */
    char *bytes;               /* [capacity], the first n are used */
    size_t n, capacity;
    bool failed;  /* something could not be appended */
    bool limited; /* by the budget; otherwise the process has no memory */
};

void mle_buffer_init(struct mle_buffer *buffer, struct mle_budget *budget);
void mle_buffer_finish(struct mle_buffer *buffer); /* frees; the buffer may be used again */

/* Room for at least more bytes behind the first n. False, and failed set, if there is none. */
bool mle_buffer_reserve(struct mle_buffer *buffer, size_t more);

bool mle_buffer_append(struct mle_buffer *buffer, size_t n, const void *bytes);

#endif
