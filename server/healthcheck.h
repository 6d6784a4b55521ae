/* The client that a container asks for its health: no shell and no curl needed. */
#ifndef MLED_SERVER_HEALTHCHECK_H
#define MLED_SERVER_HEALTHCHECK_H

/* 0 if the service at that address is ready, else 1; says what it saw on stdout. */
int mled_healthcheck(const char *address);

#endif
