/* The word that somebody probably meant. */
#ifndef MLE_API_NEAR_H
#define MLE_API_NEAR_H

#include <stddef.h>

/* Looks for the word nearest to a misspelled one: offer every candidate, read best at the end. Near
   are 2 edits (a letter more, less or wrong, or two exchanged) or a third of the letters, but never
   a word that shares nothing. Of equals the first one counts. Texts are borrowed and need no NUL.
   No allocation. */
struct mle_near {
    size_t n_wrong;
    const char *wrong;
    size_t n_best;
    const char *best; /* NULL: none is near */
    size_t distance;  /* edits to best; SIZE_MAX if there is none */
};

void mle_near_init(struct mle_near *near, size_t n, const char wrong[]);
void mle_near_offer(struct mle_near *near, size_t n, const char word[]);

#endif
