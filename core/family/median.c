#include "core/family/median.h"

#include <math.h>

enum { CAPACITY = 8192 };

/* What a pass finds of the bracket [lo, hi]. */
struct bracket {
    double lo, hi;
    double below, inside, above; /* weights */
    size_t n, stride;            /* every stride-th row inside is at hand; a power of two */
    double y[CAPACITY], w[CAPACITY];
};

static double weight_of(const struct mle_evidence *e, size_t i)
{
    return e->w ? e->w[i] : 1;
}

/* The place is used up: every second row stays. */
static void thin(struct bracket *b)
{
    for (size_t i = 0; 2 * i < b->n; i++) {
        b->y[i] = b->y[2 * i];
        b->w[i] = b->w[2 * i];
    }
    b->n = (b->n + 1) / 2;
    b->stride *= 2;
}

static void look(const struct mle_evidence *e, double lo, double hi, struct bracket *b)
{
    size_t met = 0;
    b->lo = lo;
    b->hi = hi;
    b->below = b->inside = b->above = 0;
    b->n = 0;
    b->stride = 1;
    for (size_t i = 0; i < e->obs.n; i++) {
        double y = e->obs.y[i], w = weight_of(e, i);
        b->below += y < lo ? w : 0;
        b->above += y > hi ? w : 0;
        if (y < lo || y > hi)
            continue;
        b->inside += w;
        size_t order = met++;
        if (b->n == CAPACITY)
            thin(b);
        if ((order & (b->stride - 1)) != 0)
            continue;
        b->y[b->n] = y;
        b->w[b->n++] = w;
    }
}

/* Ascending, by Shell's method with the gaps of Ciura (2001). */
static void sort(struct bracket *b)
{
    static const size_t gaps[] = { 1750, 701, 301, 132, 57, 23, 10, 4, 1 };
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
        for (size_t i = gaps[g], gap = gaps[g]; i < b->n; i++) {
            double y = b->y[i], w = b->w[i];
            size_t j = i;
            for (; j >= gap && b->y[j - gap] > y; j -= gap) {
                b->y[j] = b->y[j - gap];
                b->w[j] = b->w[j - gap];
            }
            b->y[j] = y;
            b->w[j] = w;
        }
}

/* A narrower bracket from the thinned rows, sorted: five standard errors of a sample median to
   either side of where the half lies. An edge that does not move stays where it is. */
static void narrow(const struct bracket *b, double *lo, double *hi)
{
    double total = 0, sum = 0, half = 0.5 * (b->inside + b->above - b->below) / b->inside;
    for (size_t i = 0; i < b->n; i++)
        total += b->w[i];
    size_t at = 0;
    while (at + 1 < b->n && (sum += b->w[at]) < half * total)
        at++;
    size_t reach = (size_t)(2.5 * sqrt((double)b->n)) + 1;
    double from = at >= reach ? b->y[at - reach] : b->lo;
    double to = at + reach < b->n ? b->y[at + reach] : b->hi;
    if (from > b->lo || to < b->hi) {
        *lo = from;
        *hi = to;
    } else { /* many are alike: ask for one value */
        *lo = *hi = b->y[at];
    }
}

/* The nearest values beyond the bracket. */
static double beyond(const struct mle_evidence *e, const struct bracket *b, bool up)
{
    double found = up ? INFINITY : -INFINITY;
    for (size_t i = 0; i < e->obs.n; i++) {
        double y = e->obs.y[i];
        if (up)
            found = y > b->hi && y < found ? y : found;
        else
            found = y < b->lo && y > found ? y : found;
    }
    return found;
}

/* All rows of the bracket are at hand (or alike), and half of the weight is neither below nor above
   it. Rows are taken from both ends, always from the lighter side, so that the answer does not
   depend on the direction. */
static struct mle_medians finish(const struct mle_evidence *e, struct bracket *b)
{
    if (b->lo == b->hi) {
        b->n = 1;
        b->y[0] = b->lo;
        b->w[0] = b->inside;
    }
    double below = b->below, above = b->above;
    size_t i = 0, j = b->n - 1;
    while (i < j) {
        if (below <= above)
            below += b->w[i++];
        else
            above += b->w[j--];
    }
    /* row i is left; a heavy row taken last may have been the median */
    double own = b->w[i];
    if (below > above + own && i > 0)
        return (struct mle_medians){ b->y[i - 1], b->y[i - 1] };
    if (above > below + own && i + 1 < b->n)
        return (struct mle_medians){ b->y[i + 1], b->y[i + 1] };
    struct mle_medians m = { b->y[i], b->y[i] };
    if (below == above + own)
        m.lower = i > 0 ? b->y[i - 1] : beyond(e, b, false);
    if (above == below + own)
        m.upper = i + 1 < b->n ? b->y[i + 1] : beyond(e, b, true);
    return m;
}

struct mle_medians mle_weighted_medians(const struct mle_evidence *e)
{
    struct bracket b;
    double lo = e->min, hi = e->max, from = lo, to = hi;
    size_t stride = e->obs.n / CAPACITY;
    if (stride > 1) { /* the first bracket costs no pass */
        b = (struct bracket){ .lo = lo, .hi = hi, .inside = 1, .stride = stride };
        for (size_t i = stride / 2; i < e->obs.n && b.n < CAPACITY; i += stride) {
            b.y[b.n] = e->obs.y[i];
            b.w[b.n++] = weight_of(e, i);
        }
        sort(&b);
        narrow(&b, &from, &to);
    }
    for (;;) {
        look(e, from, to, &b);
        if (b.below > b.inside + b.above) { /* beside the bracket: all the rest on that side */
            hi = nextafter(from, -INFINITY);
            from = lo;
            to = hi;
            continue;
        }
        if (b.above > b.inside + b.below) {
            lo = nextafter(to, INFINITY);
            from = lo;
            to = hi;
            continue;
        }
        sort(&b);
        if (b.stride == 1 || b.lo == b.hi)
            return finish(e, &b);
        lo = b.lo;
        hi = b.hi;
        narrow(&b, &from, &to);
    }
}
