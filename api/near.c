#include "api/near.h"

#include <stdbool.h>
#include <stdint.h>

enum { MAX_WORD = 64 }; /* longer words get no suggestion */

void mle_near_init(struct mle_near *near, size_t n, const char wrong[])
{
    *near = (struct mle_near){ n, wrong, 0, NULL, SIZE_MAX };
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions, substitutions and swaps of neighbours that turn a into b; both at most
   MAX_WORD long. */
static size_t edit_distance(size_t n, const char a[], size_t m, const char b[])
{
    size_t rows[3][MAX_WORD + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[m];
}

void mle_near_offer(struct mle_near *near, size_t n, const char word[])
{
    if (near->n_wrong > MAX_WORD || n > MAX_WORD)
        return;
    size_t allowed = near->n_wrong / 3 > 2 ? near->n_wrong / 3 : 2;
    size_t distance = edit_distance(near->n_wrong, near->wrong, n, word);
    if (distance > allowed || distance >= near->distance || distance >= n ||
        distance >= near->n_wrong)
        return;
    near->distance = distance;
    near->n_best = n;
    near->best = word;
}
