/* Texts that are each kept once: the levels of a categorical column under construction, the names
   of the columns. A text gets the next number the first time it comes. */
#ifndef MLE_CORE_DATA_TEXTS_H
#define MLE_CORE_DATA_TEXTS_H

#include "core/base/memory.h"

#include <stdint.h>

#define MLE_NO_TEXT UINT32_MAX

struct mle_text {
    size_t at; /* in the pool, NUL behind it */
    uint32_t n;
    uint32_t hash;
};

struct mle_texts {
    size_t n;
    struct mle_buffer list;  /* struct mle_text [n] */
    struct mle_buffer pool;  /* the bytes */
    struct mle_buffer slots; /* uint32_t [n_slot], open addressing: number + 1, 0 is free */
    size_t n_slot;
    uint64_t seed; /* of a large table, its own: nobody can choose texts that collide */
};

/* All memory is taken from budget. Allocates nothing yet. */
void mle_texts_init(struct mle_texts *texts, struct mle_budget *budget);
void mle_texts_finish(struct mle_texts *texts);

/* The number of text (n bytes without NUL, n < 2^32), which is added if it is new. MLE_NO_TEXT when
   there is no memory; mle_texts_limited tells whether the budget was the reason. */
uint32_t mle_texts_add(struct mle_texts *texts, size_t n, const char *text);
bool mle_texts_limited(const struct mle_texts *texts);

/* The number of text, MLE_NO_TEXT if it is not there. */
uint32_t mle_texts_find(const struct mle_texts *texts, size_t n, const char *text);

/* The text with that number; borrowed until the next text is added. */
const char *mle_texts_get(const struct mle_texts *texts, size_t number);

#endif
