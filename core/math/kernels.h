/* Sums and maps over columns of numbers.

   Reductions have eight fixed lanes inside blocks of 4,096 values and add the blocks pairwise, so a
   result depends on n and the values alone: not on the thread, not on the instruction set, and its
   rounding error grows with log n. Callers give tiles (n <= 4096, in cache) or whole columns; any n
   is allowed, n = 0 gives the empty sum.

   x[n] is any alignment. w[n] are weights, NULL: all ones. NaN in gives NaN out. Nothing is
   allocated, nothing is checked, any thread. */
#ifndef MLE_CORE_MATH_KERNELS_H
#define MLE_CORE_MATH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- reductions ------------------------------------------------------------------------------ */

/* sum_i x[i] */
double mle_sum(size_t n, const double x[]);

/* sum_i w[i] x[i]; w NULL: the plain sum. */
double mle_weighted_sum(size_t n, const double x[], const double w[]);

/* Weight, mean and centred second moment m2 = sum_i w[i] (x[i] - mean)^2 of a set of values.
   Two sets are put together by mle_moments_merge. All zero: the empty set. */
struct mle_moments {
    double weight, mean, m2;
};

/* Values are shifted by x[0] first, which is exact for nearby values, so a common offset of 1e15
   costs no digit of m2. The second pass over a block finds it in the first-level cache.
   Ref: Chan, Golub & LeVeque (1983), corrected two-pass algorithm. */
struct mle_moments mle_moments(size_t n, const double x[], const double w[]);

/* The same with the mean measured from shift. Parts of a column that are to be merged take one
   shift (its first value) and keep it: a mean of 1e15 has no digits left to be merged. */
struct mle_moments mle_moments_about(size_t n, const double x[], const double w[], double shift);

/* Adds the set `from` to `into`; both means are measured from the same shift. Ref: Chan, Golub &
 * LeVeque (1983) 2.1. */
void mle_moments_merge(struct mle_moments *into, const struct mle_moments *from);

/* Smallest and largest value. NaN in x makes both NaN; n = 0 gives +inf and -inf. */
void mle_range(size_t n, const double x[], double *min, double *max);

/* Whether every x[i] is a finite integer. */
bool mle_all_integers(size_t n, const double x[]);

/* SETS at[i] to x[i] if that is an integer of 0 to below - 1, and to below if it is anything else
   (NaN, a fraction, out of range). below < 65536. */
void mle_small_integers(size_t n, const double x[], unsigned below, uint16_t at[]);

/* sum_i log x[i] without a logarithm per value: mantissas are multiplied, exponents are added as
   integers, and a block needs one log. Exact to about 1e-16 sqrt(n) absolute. Zeros give -inf,
   negative values NaN; blocks with such values, denormals or infinities go value by value.
   With t[i] positive and computed into a tile it serves sum log(1 + z^2/nu), sum log(1 + e^z), ...
 */
double mle_sum_log(size_t n, const double x[]);

/* sum_i log(x[i] / 2^shift), |shift| <= 1074: the shift is taken from the sum of the exponents, so
   logs that are far from 0 alone and near it together keep their digits. Blocks are added in order.
 */
double mle_sum_log_scaled(size_t n, const double x[], int shift);

/* sum_i log(1 + t[i]) for t > -1 by the same means, keeping the digits of small t. */
double mle_sum_log1p(size_t n, const double t[]);

/* sum w, sum w x and sum w log x in one pass: what gamma, Weibull, Pareto and inverse gamma start
   from. */
struct mle_log_sums {
    double weight, sum, sum_log;
};
struct mle_log_sums mle_log_sums(size_t n, const double x[], const double w[]);

/* sum_i w[i] log x[i] */
double mle_weighted_sum_log(size_t n, const double x[], const double w[]);

/* --- maps: out[i] = f(x[i]); out may be x --------------------------------------------------------
   Accuracy and special values: core/math/lanes.h. */
void mle_map_exp(size_t n, const double x[], double out[]);
void mle_map_expm1(size_t n, const double x[], double out[]);
void mle_map_log(size_t n, const double x[], double out[]);
void mle_map_log1p(size_t n, const double x[], double out[]);
void mle_map_pow(size_t n, const double x[], double y, double out[]); /* x[i]^y, x >= 0 */
void mle_map_expit(size_t n, const double x[], double out[]);
void mle_map_log1pexp(size_t n, const double x[], double out[]);
void mle_map_lgamma(size_t n, const double x[], double out[]);
void mle_map_digamma(size_t n, const double x[], double out[]);
void mle_map_trigamma(size_t n, const double x[], double out[]);

/* Mean p and complement q = 1 - p of a logistic response in one pass; outputs may be NULL. */
void mle_map_expit_pair(size_t n, const double x[], double p[], double q[]);

#endif
