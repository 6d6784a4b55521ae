/* Memory that runs out on request. A test linked with scarce_link_args (tests/meson.build) has its
   calls of malloc and the like, and those of the libraries it is linked with statically, pass
   through here; jansson's do after scarce_init. */
#ifndef MLE_TESTS_SUPPORT_SCARCE_H
#define MLE_TESTS_SUPPORT_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

void scarce_init(void);

/* From here to scarce_end allocations are counted, and the one of that number fails, from 1; 0:
   none. and_after: all behind it fail too. One thread. */
void scarce_begin(size_t fail_at, bool and_after);

/* Whether the allocation that was to fail has been reached. */
bool scarce_end(void);

/* Blocks that were taken since the last scarce_begin and are not given back. */
long scarce_live(void);

#endif
