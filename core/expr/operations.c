/* Values and derivatives of the elementary operations, over rows. */
#include "core/expr/tape.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <math.h>

const struct operation_info mle_operations[N_OPERATION] = {
#define MLE_OPERATION(name, word, arguments, least, kind, cost)                                    \
    { word, arguments, least, KIND_##kind, cost },
#include "core/expr/operations.def"
#undef MLE_OPERATION
};

static const double two_over_sqrt_pi = 1.12837916709551257390;

/* --- one argument: value, first and second derivative of x; v is the value ----------------------
   An argument varies exactly where its operation does, so its stride is never 0 for n > 1. */

#define EACH(out, value)                                                                           \
    if (out)                                                                                       \
        for (size_t i = 0; i < n; i++) {                                                           \
            double x = at[i], v = value_of[i];                                                     \
            (void)x, (void)v;                                                                      \
            (out)[i] = (value);                                                                    \
        }

#define SLOPES(name, d, dd)                                                                        \
    static void slopes_##name(size_t n, const double at[], const double value_of[],                \
                              double first[], double second[])                                     \
    {                                                                                              \
        EACH(first, d)                                                                             \
        EACH(second, dd)                                                                           \
    }

#define UNARY(name, value, d, dd)                                                                  \
    static void values_##name(size_t n, const double at[], double out[])                           \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            double x = at[i];                                                                      \
            out[i] = (value);                                                                      \
        }                                                                                          \
    }                                                                                              \
    SLOPES(name, d, dd)

static double sech2(double x)
{
    double c = cosh(x);
    return 1 / (c * c);
}

/* expit' = p (1 - p), expit'' = p (1 - p) (1 - 2 p) without cancellation. */
static double logistic(double x)
{
    return mle_expit(x) * mle_expit(-x);
}

UNARY(NOT, x == 0, 0, 0)
UNARY(NEG, -x, -1, 0)
UNARY(ABS, fabs(x), (double)(x > 0) - (double)(x < 0), 0)
UNARY(SQRT, sqrt(x), 0.5 / v, -0.25 / (v * x))
SLOPES(EXP, v, v)
SLOPES(EXPM1, exp(x), exp(x))
SLOPES(LOG, 1 / x, -1 / (x * x))
SLOPES(LOG1P, 1 / (1 + x), -1 / ((1 + x) * (1 + x)))
UNARY(SIN, sin(x), cos(x), -v)
UNARY(COS, cos(x), -sin(x), -v)
UNARY(TAN, tan(x), 1 + v * v, 2 * v * (1 + v * v))
UNARY(ATAN, atan(x), 1 / (1 + x * x), -2 * x / ((1 + x * x) * (1 + x * x)))
UNARY(SINH, sinh(x), cosh(x), v)
UNARY(COSH, cosh(x), sinh(x), v)
UNARY(TANH, tanh(x), sech2(x), -2 * v * sech2(x))
SLOPES(EXPIT, logistic(x), -logistic(x) * tanh(x / 2))
UNARY(LOGIT, mle_logit(x), 1 / (x * (1 - x)), (2 * x - 1) / (x * (1 - x) * x * (1 - x)))
SLOPES(LGAMMA, mle_digamma(x), mle_trigamma(x))
SLOPES(DIGAMMA, mle_trigamma(x), mle_tetragamma(x))
UNARY(ERF, erf(x), two_over_sqrt_pi *exp(-x *x), -2 * x * two_over_sqrt_pi * exp(-x * x))
UNARY(ERFC, erfc(x), -two_over_sqrt_pi *exp(-x *x), 2 * x * two_over_sqrt_pi * exp(-x * x))

static const struct {
    void (*values)(size_t n, const double at[], double out[]);
    void (*slopes)(size_t n, const double at[], const double value_of[], double first[],
                   double second[]);
} unary[N_OPERATION] = {
#define OWN(name)         [OP_##name] = { values_##name, slopes_##name }
#define KERNEL(name, map) [OP_##name] = { map, slopes_##name }
    OWN(NOT),
    OWN(NEG),
    OWN(ABS),
    OWN(SQRT),
    OWN(SIN),
    OWN(COS),
    OWN(TAN),
    OWN(ATAN),
    OWN(SINH),
    OWN(COSH),
    OWN(TANH),
    OWN(LOGIT),
    OWN(ERF),
    OWN(ERFC),
    KERNEL(EXP, mle_map_exp),
    KERNEL(EXPM1, mle_map_expm1),
    KERNEL(LOG, mle_map_log),
    KERNEL(LOG1P, mle_map_log1p),
    KERNEL(EXPIT, mle_map_expit),
    KERNEL(LGAMMA, mle_map_lgamma),
    KERNEL(DIGAMMA, mle_map_digamma),
#undef OWN
#undef KERNEL
};

/* --- two arguments ------------------------------------------------------------------------------
   x and y, v is the value; derivatives in x, y, then xx, xy, yy. */

struct binary_slopes {
    double *x, *y, *xx, *xy, *yy; /* NULL: not wanted */
};

#undef EACH
#define EACH(out, value)                                                                           \
    if (out)                                                                                       \
        for (size_t i = 0; i < n; i++) {                                                           \
            double x = a->at[i * a->stride], y = b->at[i * b->stride], v = value_of[i];            \
            (void)x, (void)y, (void)v;                                                             \
            (out)[i] = (value);                                                                    \
        }

#define VALUES(name, value)                                                                        \
    static void pairs_##name(size_t n, const struct operand *a, const struct operand *b,           \
                             double out[])                                                         \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            double x = a->at[i * a->stride], y = b->at[i * b->stride];                             \
            out[i] = (value);                                                                      \
        }                                                                                          \
    }

#define BINARY(name, value, dx, dy, dxx, dxy, dyy)                                                 \
    VALUES(name, value)                                                                            \
    static void bends_##name(size_t n, const struct operand *a, const struct operand *b,           \
                             const double value_of[], const struct binary_slopes *s)               \
    {                                                                                              \
        EACH(s->x, dx)                                                                             \
        EACH(s->y, dy)                                                                             \
        EACH(s->xx, dxx)                                                                           \
        EACH(s->xy, dxy)                                                                           \
        EACH(s->yy, dyy)                                                                           \
    }

/* c x^y, where a coefficient of 0 wins over a power of 0: x^2 has second derivative 2 at 0. */
static double power_term(double c, double x, double y)
{
    return c == 0 ? 0 : c * pow(x, y);
}

/* x^y log(x)^k, 0 at x = 0 for y > 0. */
static double power_log(double x, double y, double v, int k)
{
    if (x == 0 && y > 0)
        return 0;
    double l = log(x);
    return v * (k == 1 ? l : l * l);
}

/* d2 x^y / dx dy = x^(y-1) (1 + y log x) */
static double power_cross(double x, double y)
{
    return x == 0 && y > 1 ? 0 : pow(x, y - 1) * (1 + y * log(x));
}

/* The share of e^x in e^x + e^y. */
static double share(double x, double y)
{
    return x == y ? 0.5 : mle_expit(x - y);
}

VALUES(OR, x != 0 || y != 0)
VALUES(AND, x != 0 && y != 0)
VALUES(EQ, x == y)
VALUES(NE, x != y)
VALUES(LT, x < y)
VALUES(LE, x <= y)
VALUES(GT, x > y)
VALUES(GE, x >= y)
BINARY(ADD, x + y, 1, 1, 0, 0, 0)
BINARY(SUB, x - y, 1, -1, 0, 0, 0)
BINARY(MUL, x *y, y, x, 0, 1, 0)
BINARY(DIV, x / y, 1 / y, -v / y, 0, -1 / (y * y), 2 * v / (y * y))
BINARY(POW, pow(x, y), power_term(y, x, y - 1), power_log(x, y, v, 1),
       power_term(y *(y - 1), x, y - 2), power_cross(x, y), power_log(x, y, v, 2))
BINARY(LBETA, mle_log_beta(x, y), -mle_digamma_diff(x, y), -mle_digamma_diff(y, x),
       -mle_trigamma_diff(x, y), -mle_trigamma(x + y), -mle_trigamma_diff(y, x))
BINARY(LCHOOSE, mle_log_choose(x, y), mle_digamma_diff(x - y + 1, y),
       mle_digamma(x - y + 1) - mle_digamma(y + 1), mle_trigamma_diff(x - y + 1, y),
       mle_trigamma(x - y + 1), -mle_trigamma(y + 1) - mle_trigamma(x - y + 1))
BINARY(MIN, x <= y ? x : (isnan(x) ? x : y), x <= y, !(x <= y), 0, 0, 0)
BINARY(MAX, x >= y ? x : (isnan(x) ? x : y), x >= y, !(x >= y), 0, 0, 0)
BINARY(LOG_SUM_EXP, mle_log_sum_exp2(x, y), share(x, y), share(y, x), share(x, y) * share(y, x),
       -share(x, y) * share(y, x), share(x, y) * share(y, x))

static const struct {
    void (*values)(size_t n, const struct operand *a, const struct operand *b, double out[]);
    void (*slopes)(size_t n, const struct operand *a, const struct operand *b,
                   const double value_of[], const struct binary_slopes *s);
} binary[N_OPERATION] = {
#define SMOOTH(name) [OP_##name] = { pairs_##name, bends_##name }
#define PLAIN(name)  [OP_##name] = { pairs_##name, NULL }
    PLAIN(OR),   PLAIN(AND),  PLAIN(EQ),   PLAIN(NE),     PLAIN(LT),       PLAIN(LE),
    PLAIN(GT),   PLAIN(GE),   SMOOTH(ADD), SMOOTH(SUB),   SMOOTH(MUL),     SMOOTH(DIV),
    SMOOTH(POW), SMOOTH(MIN), SMOOTH(MAX), SMOOTH(LBETA), SMOOTH(LCHOOSE), SMOOTH(LOG_SUM_EXP),
#undef SMOOTH
#undef PLAIN
};

/* ------------------------------------------------------------------------------------------------
 */

void mle_operation_values(enum operation op, size_t n, const struct operand arg[], double out[])
{
    if (unary[op].values)
        unary[op].values(n, arg[0].at, out);
    else
        binary[op].values(n, &arg[0], &arg[1], out);
}

void mle_operation_slopes(enum operation op, size_t n, const struct operand arg[],
                          const double value[], const struct slopes *slopes)
{
    if (unary[op].slopes) {
        unary[op].slopes(n, arg[0].at, value, slopes->first[0], slopes->second[0]);
        return;
    }
    struct binary_slopes s = { slopes->first[0], slopes->first[1], slopes->second[MLE_HESS(0, 0)],
                               slopes->second[MLE_HESS(1, 0)], slopes->second[MLE_HESS(1, 1)] };
    binary[op].slopes(n, &arg[0], &arg[1], value, &s);
}
