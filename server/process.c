#include "server/process.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STAT_THREADS = 20, STAT_START = 22, STAT_VIRTUAL = 23, STAT_RESIDENT = 24 }; /* proc(5) */

/* The number behind the word at the start of a line of a file; 0 if there is none. */
static double number_in(const char *path, const char *word)
{
    char line[256];
    double number = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, word, strlen(word)) == 0)
            number = strtod(line + strlen(word), NULL);
    if (file)
        fclose(file);
    return number;
}

static double count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    double n = 0;
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        n += entry->d_name[0] != '.';
    if (folder)
        closedir(folder);
    return n > 0 ? n - 1 : 0; /* one of them is the folder */
}

static void read_stat(struct mled_process *process)
{
    char line[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    bool read = file && fgets(line, sizeof line, file);
    if (file)
        fclose(file);
    const char *at = read ? strrchr(line, ')') : NULL; /* behind the name, which may have blanks */
    for (int field = 3; at && field <= STAT_RESIDENT; field++) {
        at = strchr(at + 1, ' ');
        if (!at)
            return;
        double value = strtod(at, NULL);
        if (field == STAT_THREADS)
            process->threads = value;
        else if (field == STAT_START)
            process->start_seconds = value / (double)sysconf(_SC_CLK_TCK);
        else if (field == STAT_VIRTUAL)
            process->virtual_bytes = value;
        else if (field == STAT_RESIDENT)
            process->resident_bytes = value * (double)sysconf(_SC_PAGESIZE);
    }
}

void mled_process_read(struct mled_process *process)
{
    struct rusage usage;
    struct rlimit limit;
    *process = (struct mled_process){ 0 };
    read_stat(process);
    process->start_seconds += number_in("/proc/stat", "btime ");
    process->open_fds = count_descriptors();
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        process->max_fds = (double)limit.rlim_cur;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        process->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}
