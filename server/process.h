/* What the kernel says of this process, for metrics. */
#ifndef MLED_SERVER_PROCESS_H
#define MLED_SERVER_PROCESS_H

struct mled_process {
    double cpu_seconds, start_seconds; /* the start since 1970 */
    double resident_bytes, virtual_bytes;
    double open_fds, max_fds, threads;
};

/* A number that cannot be read is 0. Takes some microseconds for each hundred descriptors. Any
   thread. */
void mled_process_read(struct mled_process *process);

#endif
