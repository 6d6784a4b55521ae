/* What a client would like: Accept with its weights, Prefer. */
#ifndef MLED_SERVER_NEGOTIATE_H
#define MLED_SERVER_NEGOTIATE_H

#include "api/api.h"
#include "server/gate.h"

/* The format that the client likes best of those the operation answers in; ties go to the order of
   enum mle_format. False if it accepts none of them. op NULL: JSON only. */
bool mled_negotiate_format(const struct mled_head *head, const struct mle_op *op,
                           enum mle_format *format);

/* Whether an answer of this media type is accepted at all, and how much (0 to 1000). */
unsigned mled_negotiate_weight(const struct mled_head *head, const char *type);

/* Whether Prefer has handling=strict. */
bool mled_negotiate_strict(const struct mled_head *head);

#endif
