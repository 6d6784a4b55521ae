#include "core/family/ties.h"

#include <math.h>

enum { MAX_CANDIDATES = 64 };

struct candidates {
    unsigned n;
    double at[MAX_CANDIDATES], count[MAX_CANDIDATES];
};

static double weight_of(const struct mle_evidence *e, size_t i)
{
    return e->w ? e->w[i] : 1;
}

double mle_weight_at(const struct mle_evidence *e, double at)
{
    double sum = 0;
    for (size_t i = 0; i < e->obs.n; i++)
        sum += e->obs.y[i] == at ? weight_of(e, i) : 0;
    return sum;
}

/* A vote for its candidate; a new value takes a free place, or all candidates pay for it. Any value
   with more than 1 / (n + 1) of all votes keeps a place. */
static void vote(struct candidates *c, double y, double w)
{
    while (w > 0) {
        unsigned least = 0;
        for (unsigned k = 0; k < c->n; k++) {
            if (c->at[k] == y && c->count[k] > 0) {
                c->count[k] += w;
                return;
            }
            least = c->count[k] < c->count[least] ? k : least;
        }
        double pay = fmin(c->count[least], w);
        if (pay == 0) {
            c->at[least] = y;
            c->count[least] = w;
            return;
        }
        for (unsigned k = 0; k < c->n; k++)
            c->count[k] -= pay;
        w -= pay;
    }
}

/* Whether a value may have more than `share` of n rows of equal weight: of m triples of neighbours
   x hold it twice or more, so it has at most m + 2 x of their rows and both that are left over. */
static bool may_be_heavy(size_t n, const double y[], double share)
{
    size_t doubled = 0;
    for (size_t i = 0; i + 2 < n; i += 3)
        doubled += y[i] == y[i + 1] || y[i] == y[i + 2] || y[i + 1] == y[i + 2];
    return (double)n * share <= (double)(n / 3) + 2 * (double)doubled + 2;
}

static struct mle_tie heaviest_row(const struct mle_evidence *e)
{
    struct mle_tie tie = { (double)NAN, 0 };
    for (size_t i = 0; i < e->obs.n; i++)
        if (weight_of(e, i) > tie.weight)
            tie = (struct mle_tie){ e->obs.y[i], weight_of(e, i) };
    return tie;
}

struct mle_tie mle_heaviest(const struct mle_evidence *e, double share)
{
    size_t n = e->obs.n;
    if (share * MAX_CANDIDATES < 1)
        return heaviest_row(e);
    struct candidates c = { .n = 1 };
    while (share * (c.n + 1) < 1)
        c.n++;
    struct mle_tie tie = { (double)NAN, 0 };
    if (!e->w && share > 0.4 && !may_be_heavy(n, e->obs.y, share))
        return tie;
    for (size_t i = 0; i < n; i++)
        vote(&c, e->obs.y[i], weight_of(e, i));
    for (unsigned k = 0; k < c.n; k++) {
        double weight = c.count[k] > 0 ? mle_weight_at(e, c.at[k]) : 0;
        if (weight > tie.weight)
            tie = (struct mle_tie){ c.at[k], weight };
    }
    return tie;
}
