#include "api/near.h"

#include <string.h>

enum { MAX_WORD = 64 };

void mle_near_init(struct mle_near *near, size_t n, const char *wrong)
{
    unsigned limit = (unsigned)(n < MAX_WORD ? n : MAX_WORD) / 3;
    *near = (struct mle_near){ wrong, n, NULL, (limit < 1 ? 1 : limit) + 1 };
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '-' ? '_' : c;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions, substitutions and exchanged neighbours, without regard to case. */
static unsigned distance(size_t n, const char *a, size_t m, const char *b)
{
    unsigned rows[3][MAX_WORD + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y &&
                before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        unsigned *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[m];
}

void mle_near_offer(struct mle_near *near, const char *word)
{
    size_t m = strlen(word), n = near->n_wrong;
    if (n > MAX_WORD || m > MAX_WORD || (n > m ? n - m : m - n) >= near->distance)
        return;
    unsigned d = distance(n, near->wrong, m, word);
    if (d < near->distance) {
        near->distance = d;
        near->best = word;
    }
}
