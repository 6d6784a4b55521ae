#include "core/data/texts.h"

#include <string.h>
#include <sys/random.h>

enum { FIRST_SLOTS = 64 };

void mle_texts_init(struct mle_texts *texts, struct mle_budget *budget)
{
    *texts = (struct mle_texts){ .n = 0 };
    mle_buffer_init(&texts->list, budget);
    mle_buffer_init(&texts->pool, budget);
    mle_buffer_init(&texts->slots, budget);
}

void mle_texts_finish(struct mle_texts *texts)
{
    mle_buffer_finish(&texts->list);
    mle_buffer_finish(&texts->pool);
    mle_buffer_finish(&texts->slots);
    texts->n = texts->n_slot = 0;
}

bool mle_texts_limited(const struct mle_texts *texts)
{
    return texts->list.limited || texts->pool.limited || texts->slots.limited;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_of(const struct mle_texts *texts, size_t n, const char *text)
{
    const uint64_t odd = 0x9E3779B97F4A7C15u;
    uint64_t hash = texts->seed ^ n;
    uint64_t block;
    for (; n >= sizeof block; n -= sizeof block, text += sizeof block) {
        memcpy(&block, text, sizeof block);
        hash = mix(hash ^ block, texts->seed | odd);
    }
    block = 0;
    memcpy(&block, text, n);
    return (uint32_t)mix(hash ^ block, texts->seed | odd);
}

static const struct mle_text *text_at(const struct mle_texts *texts, size_t number)
{
    return (const struct mle_text *)(const void *)texts->list.bytes + number;
}

const char *mle_texts_get(const struct mle_texts *texts, size_t number)
{
    return texts->pool.bytes + text_at(texts, number)->at;
}

/* The slot that holds the text, or the free one where it belongs. n_slot > 0. */
static size_t slot_of(const struct mle_texts *texts, uint32_t hash, size_t n, const char *text)
{
    const uint32_t *slots = (const uint32_t *)(const void *)texts->slots.bytes;
    size_t slot = hash & (texts->n_slot - 1);
    for (; slots[slot] != 0; slot = (slot + 1) & (texts->n_slot - 1)) {
        const struct mle_text *other = text_at(texts, slots[slot] - 1);
        if (other->hash == hash && other->n == n &&
            memcmp(texts->pool.bytes + other->at, text, n) == 0)
            break;
    }
    return slot;
}

uint32_t mle_texts_find(const struct mle_texts *texts, size_t n, const char *text)
{
    if (texts->n_slot == 0)
        return MLE_NO_TEXT;
    size_t slot = slot_of(texts, hash_of(texts, n, text), n, text);
    /* A free slot holds 0, and 0 - 1 is MLE_NO_TEXT. */
    return ((const uint32_t *)(const void *)texts->slots.bytes)[slot] - 1;
}

/* A small table is quick whatever its texts are. When it grows for the first time, it takes a seed
   that nobody knows, and hashes again. */
static void take_seed(struct mle_texts *texts)
{
    if (getrandom(&texts->seed, sizeof texts->seed, GRND_NONBLOCK) < 0)
        texts->seed = (uint64_t)(uintptr_t)texts;
    struct mle_text *list = (struct mle_text *)(void *)texts->list.bytes;
    for (size_t i = 0; i < texts->n; i++)
        list[i].hash = hash_of(texts, list[i].n, texts->pool.bytes + list[i].at);
}

/* Twice as many slots. The hashes are kept, so nothing is read but the list. */
static bool rehash(struct mle_texts *texts)
{
    size_t n_slot = texts->n_slot ? 2 * texts->n_slot : FIRST_SLOTS;
    if (texts->n_slot == FIRST_SLOTS)
        take_seed(texts);
    texts->slots.n = 0;
    if (!mle_buffer_reserve(&texts->slots, n_slot * sizeof(uint32_t)))
        return false;
    uint32_t *slots = (uint32_t *)(void *)texts->slots.bytes;
    memset(slots, 0, n_slot * sizeof *slots);
    texts->slots.n = n_slot * sizeof *slots;
    for (size_t i = 0; i < texts->n; i++) {
        size_t slot = text_at(texts, i)->hash & (n_slot - 1);
        while (slots[slot] != 0)
            slot = (slot + 1) & (n_slot - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    texts->n_slot = n_slot;
    return true;
}

uint32_t mle_texts_add(struct mle_texts *texts, size_t n, const char *text)
{
    if (n >= UINT32_MAX || texts->n >= MLE_NO_TEXT - 1)
        return MLE_NO_TEXT;
    if (2 * (texts->n + 1) > texts->n_slot && !rehash(texts))
        return MLE_NO_TEXT;
    uint32_t hash = hash_of(texts, n, text);
    uint32_t *slots = (uint32_t *)(void *)texts->slots.bytes;
    size_t slot = slot_of(texts, hash, n, text);
    if (slots[slot] != 0)
        return slots[slot] - 1;
    struct mle_text added = { texts->pool.n, (uint32_t)n, hash };
    if (!mle_buffer_reserve(&texts->pool, n + 1) ||
        !mle_buffer_append(&texts->list, sizeof added, &added))
        return MLE_NO_TEXT;
    mle_buffer_append(&texts->pool, n, text);
    mle_buffer_append(&texts->pool, 1, "");
    texts->n++;
    slots[slot] = (uint32_t)texts->n;
    return (uint32_t)texts->n - 1;
}
