#!/bin/bash
# What tests/run.sh leaves out because it takes long or needs more packages (deploy/packages.txt,
# develop): builds in build-NAME and ends with 1 when something is found.
#   tests/check.sh threads     the server and what computes in several threads, under ThreadSanitizer
#   tests/check.sh coverage    every suite, then lines, branches and functions that none reached
#   tests/check.sh tidy        clang-tidy over core, api, server and tests
# Environment: BUILD_DIR, where to build (default: the repository).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
what=${1:-}
build=${BUILD_DIR:-$PWD}/build-$what

# build [meson options]
build() {
    ./deploy/packages.sh run build test develop
    [[ -e $build/build.ninja ]] || meson setup "$build" "$@"
    ninja -C "$build"
}

run() {
    meson test -C "$build" --no-rebuild --print-errorlogs "$@"
}

case $what in
threads)
    # kernels are chosen through a table and not by target_clones, whose resolvers crash here
    build -Db_sanitize=thread
    run pool reduce fit
    run --suite http
    ;;
coverage)
    # without assertions, whose other branch no test can take
    build -Db_coverage=true -Db_ndebug=true
    # counters of an earlier build would be added
    find "$build" -name '*.gcda' -delete
    run
    # gcov reports lines of macros that expand to several functions twice and negative hits
    gcovr --root . --object-directory "$build" --filter 'core/' --filter 'api/' --filter 'server/' \
        --exclude-throw-branches --print-summary --output "$build/coverage.txt" "$build"
    echo "by file: $build/coverage.txt"
    ;;
tidy)
    build
    ninja -C "$build" tidy
    ;;
*)
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
