/* A backing for arenas (core/base/arena.h) that fails when it is told to, counts what is out and
   notices wrong releases. */
#ifndef MLE_TESTS_SUPPORT_FAULT_H
#define MLE_TESTS_SUPPORT_FAULT_H

#include "core/base/arena.h"

#include <stddef.h>

struct fault {
    struct mle_backing backing; /* give its address to mle_arena_init */
    size_t fail_at;             /* the call that fails, from 1; 0: none */
    bool fail_after;            /* all calls behind it fail too */
    size_t calls;               /* of allocate */
    size_t chunks, bytes;       /* not yet released */
    size_t peak_bytes;
    bool failed; /* fail_at was reached */
};

/* Caller's memory. The usual loop tries every allocation in turn until nothing fails any more:
       for (size_t k = 1;; k++) {
           fault_init(&fault, k);
           ... run the code under test on an arena over &fault.backing ...
           if (!fault.failed)
               break;
       } */
void fault_init(struct fault *fault, size_t fail_at);

#endif
