#include "core/math/clones.h"

#include <stdlib.h>
#include <string.h>

enum mle_isa mle_isa_chosen = MLE_ISA_BASE;

static const char *const names[MLE_ISAS] = { "base", "x86-64-v3", "x86-64-v4" };

const char *mle_isa_name(void)
{
    return names[mle_isa_chosen];
}

enum mle_isa mle_isa_best(void)
{
#if MLE_ISA_CLONES
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi2"))
        return MLE_ISA_BASE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512cd") ||
        !__builtin_cpu_supports("avx512vl"))
        return MLE_ISA_V3;
    return MLE_ISA_V4;
#else
    return MLE_ISA_BASE;
#endif
}

enum mle_isa mle_isa_use(enum mle_isa isa)
{
    enum mle_isa best = mle_isa_best();
    mle_isa_chosen = isa < best ? isa : best;
    return mle_isa_chosen;
}

/* Before main, so that no thread can see the choice change. */
__attribute__((constructor)) static void choose(void)
{
    const char *limit = getenv("MLED_ISA");
    enum mle_isa isa = MLE_ISA_V4;
    if (limit && (!strcmp(limit, "base") || !strcmp(limit, "v2")))
        isa = MLE_ISA_BASE;
    else if (limit && !strcmp(limit, "v3"))
        isa = MLE_ISA_V3;
    mle_isa_use(isa);
}
