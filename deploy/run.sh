#!/usr/bin/env bash
# Installs what is missing, builds a release and starts mled on 127.0.0.1:8080 (arguments go to it).
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t packages < <(grep -v '^#' deploy/packages.txt)
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
    export DEBIAN_FRONTEND=noninteractive
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
[ -d build-release ] || meson setup build-release --buildtype=release -Dtests=false -Dwerror=false
ninja -C build-release
exec build-release/server/mled "$@"
