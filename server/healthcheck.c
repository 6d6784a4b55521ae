#include "server/healthcheck.h"

#include "server/listen.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int mled_healthcheck(const char *address)
{
    static const char request[] =
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static const char success[] = "HTTP/1.1 200 ";
    char answer[512];
    size_t n = 0;
    int fd = mled_connect(address, 3);
    if (fd < 0) {
        printf("nothing answers at %s\n", address);
        return 1;
    }
    if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == (ssize_t)(sizeof request - 1)) {
        ssize_t got;
        while (n < sizeof answer && (got = recv(fd, answer + n, sizeof answer - n, 0)) > 0)
            n += (size_t)got;
    }
    close(fd);
    bool ready = n >= sizeof success - 1 && memcmp(answer, success, sizeof success - 1) == 0;
    printf("%s\n", ready ? "ready" : n > 0 ? "not ready" : "no answer");
    return ready ? 0 : 1;
}
