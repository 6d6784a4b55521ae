/* One cmocka test for each family and property: a new line of families.def is tested by itself. */
#ifndef MLE_TESTS_SUPPORT_PER_FAMILY_H
#define MLE_TESTS_SUPPORT_PER_FAMILY_H

#include "core/family/family.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

struct property {
    const char *name;
    CMUnitTestFunction test; /* *state is the const struct mle_family */
};

static inline int run_per_family(const char *group, size_t n_property,
                                 const struct property properties[])
{
    size_t n = mle_family_count() * n_property;
    struct CMUnitTest *tests = calloc(n, sizeof *tests);
    char(*names)[96] = calloc(n, sizeof *names);
    if (!tests || !names) {
        free(names);
        free(tests);
        return 1;
    }
    for (size_t i = 0, t = 0; i < mle_family_count(); i++)
        for (size_t p = 0; p < n_property; p++, t++) {
            snprintf(names[t], sizeof names[t], "%s: %s", mle_family_get(i)->name,
                     properties[p].name);
            tests[t] = (struct CMUnitTest){ .name = names[t],
                                            .test_func = properties[p].test,
                                            .initial_state = (void *)mle_family_get(i) };
        }
    int failed = _cmocka_run_group_tests(group, tests, n, NULL, NULL);
    free(names);
    free(tests);
    return failed;
}

#endif
