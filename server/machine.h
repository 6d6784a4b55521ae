/* What the machine, or the part of it that a container may use, offers. */
#ifndef MLED_SERVER_MACHINE_H
#define MLED_SERVER_MACHINE_H

#include <stddef.h>

unsigned mled_machine_cpus(void);       /* at least 1; affinity and cgroup quota */
size_t mled_machine_memory_bytes(void); /* the smaller of physical memory and cgroup limit */
const char *mled_machine_isa(void);     /* "x86-64-v4", ... as MLED_ISA lowers it */
const char *mled_machine_blas(void);    /* OpenBLAS says what it is */
void mled_machine_one_blas_thread(void);

#endif
