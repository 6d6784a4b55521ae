#!/bin/bash
# Everything from a fresh Debian 12 to a running service: installs what is missing, builds a release
# and starts it on 127.0.0.1:8080 in the foreground. Ctrl-C or SIGTERM ends it after the requests
# that are under way.
#   deploy/run.sh [arguments of mled, see: mled --help]
# Environment: MLED_BUILD, where to build (default: build-release in the repository).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
./deploy/packages.sh run build
build=${MLED_BUILD:-$PWD/build-release}

if [[ ! -e $build/build.ninja ]]; then
    meson setup "$build" --buildtype=release -Dtests=false >&2
fi
ninja -C "$build" >&2

listen=127.0.0.1:8080
arguments=("$@")
has_listen=false
for ((i = 0; i < ${#arguments[@]}; i++)); do
    case ${arguments[i]} in
    --listen=*) listen=${arguments[i]#*=} has_listen=true ;;
    --listen) listen=${arguments[i + 1]:-$listen} has_listen=true ;;
    esac
done
$has_listen || arguments=(--listen "$listen" "${arguments[@]}")

cat >&2 <<EOF

mled answers at http://$listen/ from now on. Try:

  curl -sS http://$listen/v1/fits -H 'Content-Type: application/json' \\
    -d '{"model": "normal", "data": [2.1, 1.9, 3.4, 2.8]}'

EOF
exec "$build/server/mled" "${arguments[@]}"
