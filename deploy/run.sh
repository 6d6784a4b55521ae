#!/bin/bash
# Everything from a fresh Debian 12 to a running service: installs what is missing, builds a release
# and starts it on 127.0.0.1:8080 in the foreground. It prints a request to try; Ctrl-C or SIGTERM
# ends it after the requests that are under way.
#   deploy/run.sh [arguments of mled, see: deploy/run.sh --help]
# Environment: BUILD_DIR, where to build (default: build-release in the repository).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/deploy/packages.sh" run build client
build=${BUILD_DIR:-$root/build-release}

if [[ ! -e $build/build.ninja ]]; then
    meson setup "$build" "$root" --buildtype=release -Dwerror=false -Dtests=false >&2
fi
ninja -C "$build" >&2
exec "$build/server/mled" "$@"
