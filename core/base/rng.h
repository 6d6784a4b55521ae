/* Random numbers that depend on where they are used and on nothing else.

   A number is a function of (seed, stream, index): there is no state, so the same seed gives the
   same numbers for any number of threads and any order of calls. A stream is one use (a bootstrap
   replicate, a random start, a component); the index counts the numbers inside it. Different
   (stream, index) never share a number of the same seed.

   Philox4x32-10, which passes BigCrush. Ref: Salmon, Moraes, Dror & Shaw (2011), Parallel random
   numbers: as easy as 1, 2, 3. Draws from distributions: core/math/draw.h. No allocation; any
   thread. */
#ifndef MLE_CORE_BASE_RNG_H
#define MLE_CORE_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* 64 random bits. */
uint64_t mle_random_bits(uint64_t seed, uint64_t stream, uint64_t index);

/* Uniform in the open interval (0, 1): (k + 1/2) / 2^52 with k from the upper 52 bits, so neither
   the number nor its complement is ever 0. */
double mle_random_uniform(uint64_t seed, uint64_t stream, uint64_t index);

/* out[i] = mle_random_uniform(seed, stream, first + i), at half the cost. */
void mle_random_uniforms(uint64_t seed, uint64_t stream, uint64_t first, size_t n, double out[]);

/* Uniform integer in [0, n), n >= 1, from one number: n / 2^64 is the largest bias. */
uint64_t mle_random_below(uint64_t seed, uint64_t stream, uint64_t index, uint64_t n);

#endif
