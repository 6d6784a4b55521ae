/* Arithmetic in twice the precision of doubles, and Cholesky factors in it: for matrices so near to
   singular that a double's rounding would decide their rank.

   A number is the unevaluated sum of two doubles, |low| <= ulp(high) / 2; relative error about
   1e-31. No infinities or NaN are kept apart from each other: what overflows is NaN or infinite
   somehow. Inline, no allocation, any thread; the same bits everywhere (fma is exact).
   Ref: Dekker (1971), A floating-point technique for extending the available precision; Hida, Li &
   Bailey (2001), Algorithms for quad-double precision arithmetic. */
#ifndef MLE_CORE_MATH_TWICE_H
#define MLE_CORE_MATH_TWICE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

struct mle_twice {
    double high, low;
};

/* a + b for |a| >= |b|, exactly. */
static inline struct mle_twice mle_twice_ordered(double a, double b)
{
    double s = a + b;
    return (struct mle_twice){ s, b - (s - a) };
}

/* a + b, exactly. */
static inline struct mle_twice mle_twice_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (struct mle_twice){ s, (a - (s - t)) + (b - t) };
}

/* a b, exactly. */
static inline struct mle_twice mle_twice_product(double a, double b)
{
    double p = a * b;
    return (struct mle_twice){ p, fma(a, b, -p) };
}

static inline struct mle_twice mle_twice_add(struct mle_twice a, struct mle_twice b)
{
    struct mle_twice s = mle_twice_sum(a.high, b.high), t = mle_twice_sum(a.low, b.low);
    s = mle_twice_ordered(s.high, s.low + t.high);
    return mle_twice_ordered(s.high, s.low + t.low);
}

static inline struct mle_twice mle_twice_subtract(struct mle_twice a, struct mle_twice b)
{
    return mle_twice_add(a, (struct mle_twice){ -b.high, -b.low });
}

static inline struct mle_twice mle_twice_multiply(struct mle_twice a, struct mle_twice b)
{
    struct mle_twice p = mle_twice_product(a.high, b.high);
    return mle_twice_ordered(p.high, p.low + (a.high * b.low + a.low * b.high));
}

static inline struct mle_twice mle_twice_divide(struct mle_twice a, struct mle_twice b)
{
    double q = a.high / b.high;
    struct mle_twice rest = mle_twice_multiply((struct mle_twice){ q, 0 }, b);
    rest = mle_twice_subtract(a, rest);
    double q2 = rest.high / b.high;
    rest = mle_twice_subtract(rest, mle_twice_multiply((struct mle_twice){ q2, 0 }, b));
    struct mle_twice sum = mle_twice_ordered(q, q2);
    return mle_twice_add(sum, (struct mle_twice){ rest.high / b.high, 0 });
}

/* a >= 0 */
static inline struct mle_twice mle_twice_sqrt(struct mle_twice a)
{
    if (!(a.high > 0))
        return (struct mle_twice){ sqrt(a.high), 0 };
    double r = sqrt(a.high);
    struct mle_twice rest = mle_twice_subtract(a, mle_twice_product(r, r));
    return mle_twice_ordered(r, rest.high / (2 * r));
}

/* --- Cholesky ------------------------------------------------------------------------------------
   Matrices as in core/math/linalg.h: k x k, row-major, the lower triangle. Columns with skip (NULL:
   none) are left out: their elements count as 0. */

/* Replaces the elements of row i before the diagonal by those of L and returns the pivot, what is
   left of a[i][i]. The caller stores its square root, or skips the column. Rows before i are
   done. */
struct mle_twice mle_twice_cholesky_row(size_t k, struct mle_twice a[], size_t i,
                                        const bool skip[]);

/* The whole factor. False, and a spoilt, if a pivot is not positive. *min_ratio: as in
   mle_cholesky_pivots. */
bool mle_twice_cholesky(size_t k, struct mle_twice a[], double *min_ratio);

/* b := L^-1 b */
void mle_twice_forward(size_t k, const struct mle_twice l[], struct mle_twice b[]);

/* b[0 .. i) := x with x' L = b', over the leading i x i part, skipped columns 0. */
void mle_twice_backward(size_t k, const struct mle_twice l[], size_t i, const bool skip[],
                        struct mle_twice b[]);

/* SETS inverse[k*k] to L^-1, rounded; zeros above the diagonal. work[k] is overwritten. */
void mle_twice_inverse(size_t k, const struct mle_twice l[], struct mle_twice work[],
                       double inverse[]);

#endif
