#include "server/machine.h"

#include "core/math/clones.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of libraries that are the business of core and api; the process prepares and names them, and
   knows nothing else of them. */
extern void openblas_set_num_threads(int);
extern char *openblas_get_config(void);
extern void json_object_seed(size_t);
extern const char *jansson_version_str(void);

/* The first line of a file; false if there is none. */
static bool read_line(const char *path, size_t size, char line[])
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool read = fgets(line, (int)size, file);
    fclose(file);
    return read;
}

/* CPUs that the cgroup's quota allows, 0 if it has none; version 2, then 1. */
static double quota_cpus(void)
{
    char line[96], period_line[96];
    if (read_line("/sys/fs/cgroup/cpu.max", sizeof line, line)) {
        char *rest;
        double quota = strtod(line, &rest), period = strtod(rest, NULL);
        return *line != 'm' && period > 0 ? quota / period : 0;
    }
    if (!read_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", sizeof line, line) ||
        !read_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us", sizeof period_line, period_line))
        return 0;
    double quota = strtod(line, NULL), period = strtod(period_line, NULL);
    return quota > 0 && period > 0 ? quota / period : 0;
}

unsigned mled_machine_cpus(void)
{
    cpu_set_t set;
    unsigned cpus = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cpus = (unsigned)CPU_COUNT(&set);
    double quota = quota_cpus();
    if (quota > 0 && quota < cpus)
        cpus = (unsigned)(quota + 0.999);
    return cpus > 0 ? cpus : 1;
}

size_t mled_machine_memory_bytes(void)
{
    size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    static const char *const limits[] = {
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    };
    char line[96];
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (!read_line(limits[i], sizeof line, line) || *line == 'm')
            continue;
        unsigned long long limit = strtoull(line, NULL, 10);
        if (limit > 0 && limit < memory)
            memory = (size_t)limit;
    }
    return memory;
}

const char *mled_machine_isa(void)
{
    return mle_isa_name();
}

const char *mled_machine_blas(void)
{
    return openblas_get_config();
}

const char *mled_machine_json(void)
{
    return jansson_version_str();
}

/* One thread, because core has its own pool and wants the same bits for any number of threads;
   jansson chooses the seed of its tables when the first object is made, which must not race. */
void mled_machine_prepare_libraries(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    openblas_set_num_threads(1);
    json_object_seed(0);
}
