#include "tests/support/fault.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(void *ctx, size_t bytes)
{
    struct fault *fault = ctx;
    fault->calls++;
    if (fault->fail_at &&
        (fault->calls == fault->fail_at || (fault->fail_after && fault->calls > fault->fail_at))) {
        fault->failed = true;
        return NULL;
    }
    void *chunk = aligned_alloc(64, bytes);
    if (!chunk)
        return NULL;
    memset(chunk, 0xA5, bytes); /* nobody may rely on zeros */
    fault->chunks++;
    fault->bytes += bytes;
    if (fault->bytes > fault->peak_bytes)
        fault->peak_bytes = fault->bytes;
    return chunk;
}

static void release(void *ctx, void *chunk, size_t bytes)
{
    struct fault *fault = ctx;
    if (!chunk || fault->chunks == 0 || bytes > fault->bytes) {
        fprintf(stderr, "fault: released %zu bytes at %p that were never taken\n", bytes, chunk);
        abort();
    }
    fault->chunks--;
    fault->bytes -= bytes;
    memset(chunk, 0x5A, bytes); /* a use after release shows */
    free(chunk);
}

void fault_init(struct fault *fault, size_t fail_at)
{
    *fault = (struct fault){ .fail_at = fail_at };
    fault->backing = (struct mle_backing){ allocate, release, fault };
}
