#include "server/listen.h"

#include "server/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BACKLOG = 511 };

/* Numbers only, besides "localhost": a name server must not decide where a service listens. */
static struct addrinfo *look_up(const char *address)
{
    char host[256], port[8];
    if (!mled_config_address(address, sizeof host, host, port))
        return NULL;
    const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1"
                       : strcmp(host, "*") == 0       ? "0.0.0.0"
                                                      : host;
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    return getaddrinfo(name, port, &hints, &found) == 0 ? found : NULL;
}

static enum mle_status refuse(const char *address, struct mle_error *err)
{
    return mle_fail(err, MLE_INVALID_OPTION, "listen: '%s' is no numeric address and port",
                    address);
}

static bool is_loopback(const struct sockaddr *address)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    return address->sa_family == AF_INET && ntohl(four->sin_addr.s_addr) >> 24 == 127;
}

enum mle_status mled_listen_check(const char *address, bool *loopback, struct mle_error *err)
{
    struct addrinfo *found = look_up(address);
    if (!found)
        return refuse(address, err);
    *loopback = is_loopback(found->ai_addr);
    freeaddrinfo(found);
    return MLE_OK;
}

enum mle_status mled_listen(const char *address, int *fd, struct mle_error *err)
{
    struct addrinfo *found = look_up(address);
    if (!found)
        return refuse(address, err);
    int one = 1;
    *fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool bound = *fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
                 bind(*fd, found->ai_addr, found->ai_addrlen) == 0 && listen(*fd, BACKLOG) == 0;
    int why = errno;
    freeaddrinfo(found);
    if (bound)
        return MLE_OK;
    if (*fd >= 0)
        close(*fd);
    return mle_fail(err, MLE_INVALID_OPTION, "cannot listen on %s: %s", address,
                    strerrordesc_np(why));
}

void mled_listen_name(int fd, size_t size, char url[], uint16_t *port, bool *loopback)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } bound = { .six = { .sin6_family = AF_UNSPEC } };
    socklen_t n = sizeof bound;
    char host[INET6_ADDRSTRLEN] = "";
    getsockname(fd, &bound.any, &n);
    *loopback = is_loopback(&bound.any);
    if (bound.any.sa_family == AF_INET6) {
        bool wildcard = IN6_IS_ADDR_UNSPECIFIED(&bound.six.sin6_addr);
        *port = ntohs(bound.six.sin6_port);
        inet_ntop(AF_INET6, wildcard ? &in6addr_loopback : &bound.six.sin6_addr, host, sizeof host);
        snprintf(url, size, "http://[%s]:%u", host, *port);
        return;
    }
    uint32_t number = ntohl(bound.four.sin_addr.s_addr);
    *port = ntohs(bound.four.sin_port);
    inet_ntop(AF_INET, &bound.four.sin_addr, host, sizeof host);
    snprintf(url, size, "http://%s:%u", number == INADDR_ANY ? "127.0.0.1" : host, *port);
}

static void replace_wildcard(struct sockaddr *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)address;
    if (address->sa_family == AF_INET && four->sin_addr.s_addr == htonl(INADDR_ANY))
        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (address->sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr))
        six->sin6_addr = in6addr_loopback;
}

int mled_connect(const char *address, double timeout_s)
{
    struct addrinfo *found = look_up(address);
    if (!found)
        return -1;
    replace_wildcard(found->ai_addr);
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval timeout = { (time_t)timeout_s, 0 };
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}
