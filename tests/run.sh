#!/usr/bin/env bash
# Installs what is missing, builds and runs every test; ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t packages < <(grep -v '^#' deploy/packages.txt)
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
    export DEBIAN_FRONTEND=noninteractive
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
passed=0 failed=0
run() { # name, meson options
    local dir=build-$1
    shift
    [ -d "$dir" ] || meson setup "$dir" "$@"
    ninja -C "$dir"
    meson test -C "$dir" --no-rebuild --print-errorlogs | tee "$dir/out.txt" || true
    passed=$((passed + $(sed -n 's/^Ok: *\([0-9]*\).*/\1/p' "$dir/out.txt")))
    failed=$((failed + $(sed -n 's/^Fail: *\([0-9]*\).*/\1/p' "$dir/out.txt") + $(sed -n 's/^Timeout: *\([0-9]*\).*/\1/p' "$dir/out.txt")))
}
run plain
run sanitize -Db_sanitize=address,undefined
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
