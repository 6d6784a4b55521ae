#include "core/base/rng.h"

#include <Random123/philox.h>

/* Two numbers of 64 bits come from one counter: index and index ^ 1. */
struct pair {
    uint64_t half[2];
};

static struct pair draw(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint64_t block = index >> 1;
    philox4x32_ctr_t counter = { { (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream,
                                   (uint32_t)(stream >> 32) } };
    philox4x32_key_t key = { { (uint32_t)seed, (uint32_t)(seed >> 32) } };
    philox4x32_ctr_t r = philox4x32(counter, key);
    return (struct pair){ { r.v[0] | (uint64_t)r.v[1] << 32, r.v[2] | (uint64_t)r.v[3] << 32 } };
}

static double uniform(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

uint64_t mle_random_bits(uint64_t seed, uint64_t stream, uint64_t index)
{
    return draw(seed, stream, index).half[index & 1];
}

double mle_random_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    return uniform(mle_random_bits(seed, stream, index));
}

void mle_random_uniforms(uint64_t seed, uint64_t stream, uint64_t first, size_t n, double out[])
{
    size_t i = 0;
    if (n > 0 && first & 1)
        out[i++] = mle_random_uniform(seed, stream, first);
    for (; i + 2 <= n; i += 2) {
        struct pair p = draw(seed, stream, first + i);
        out[i] = uniform(p.half[0]);
        out[i + 1] = uniform(p.half[1]);
    }
    if (i < n)
        out[i] = mle_random_uniform(seed, stream, first + i);
}

uint64_t mle_random_below(uint64_t seed, uint64_t stream, uint64_t index, uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)mle_random_bits(seed, stream, index) * n >> 64);
}
