#!/bin/bash
# Everything from a fresh Debian 12 to a verdict: installs what is missing, builds twice (release
# with assertions; AddressSanitizer and UndefinedBehaviorSanitizer) and runs every suite in both.
# The last line is "N passed, N failed": single tests, each counted once; one that fails in either
# build has failed.
#   tests/run.sh [arguments of meson test, for example: --suite unit]
# Environment: BUILD_DIR, where to build (default: the repository).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
./deploy/packages.sh run build test
builds=${BUILD_DIR:-$PWD}
status=0

# run NAME [meson options]: builds and tests in build-NAME.
run() {
    local build=$builds/build-$1 options=("${@:2}")
    echo "== $1: ${options[*]}"
    rm -f "$build/meson-logs/testlog.json"
    if [[ ! -e $build/build.ninja ]]; then
        mkdir -p "$build"
        meson setup "$build" "${options[@]}" >"$build/setup.log" 2>&1 ||
            { cat "$build/setup.log"; return 1; }
    fi
    ninja -C "$build" || return 1
    meson test -C "$build" --no-rebuild --print-errorlogs "${arguments[@]}" || return 1
}

arguments=("$@")
run plain --buildtype=release -Db_ndebug=false || status=1
run sanitize --buildtype=debugoptimized -Db_sanitize=address,undefined || status=1

/usr/bin/python3 tests/count.py "$builds/build-plain" "$builds/build-sanitize" || status=1
exit "$status"
