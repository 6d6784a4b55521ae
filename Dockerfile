# syntax=docker/dockerfile:1
# Builds mled on Debian 12 and leaves a small image that runs it as a user without rights.
#   docker build -t mled .
#   docker run --rm -p 127.0.0.1:8080:8080 mled --insecure-no-auth
# The service refuses to listen on an address that others can reach unless it has API keys
# (--api-keys-file) or is told so (--insecure-no-auth). It writes nothing: --read-only works.
# Another port: -e MLED_LISTEN=0.0.0.0:PORT, which the health check reads too, and not --listen.
FROM docker.io/library/debian:bookworm-slim AS build
COPY deploy/packages.sh deploy/packages.txt /src/deploy/
RUN /src/deploy/packages.sh build run && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN meson setup /build /src --buildtype=release --prefix=/usr --strip -Dwerror=false -Dtests=false \
    && ninja -C /build \
    && DESTDIR=/out meson install -C /build --no-rebuild

FROM docker.io/library/debian:bookworm-slim
COPY deploy/packages.sh deploy/packages.txt /tmp/deploy/
RUN /tmp/deploy/packages.sh run && rm -rf /tmp/deploy /var/lib/apt/lists/*
COPY --from=build /out/usr/bin/mled /usr/bin/mled
ENV MLED_LISTEN=0.0.0.0:8080
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 \
    CMD ["/usr/bin/mled", "--healthcheck"]
ENTRYPOINT ["/usr/bin/mled"]
