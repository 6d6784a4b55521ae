/* The word that somebody probably meant. */
#ifndef MLE_API_NEAR_H
#define MLE_API_NEAR_H

#include <stddef.h>

/* Looks for the word nearest to a misspelled one: offer every candidate, read best at the end (NULL
   if none is near enough: more than a third of the letters, and at least one, may be wrong). The
   words are borrowed. No allocation. */
struct mle_near {
    const char *wrong;
    size_t n_wrong;
    const char *best;
    unsigned distance; /* of best; before that the least distance that is too far */
};

void mle_near_init(struct mle_near *near, size_t n, const char *wrong);
void mle_near_offer(struct mle_near *near, const char *word);

#endif
