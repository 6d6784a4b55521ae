#!/bin/bash
# Holds the layering: server -> api -> core, one way; inside core a folder includes only folders
# above it in the list below. Looks at include lines and, when the archives are given, at their
# undefined symbols.
#   layers.sh SOURCE_ROOT [libmled_core.a libmled_api.a]
set -euo pipefail

core_archive=${2:+$(realpath "$2")}
api_archive=${3:+$(realpath "$3")}
cd "${1:?the root of the sources}"
# fit stands behind all; expr before model, because custom densities are models
order=(base math data family expr model opt fit)
failed=0

fail() {
    echo "$*"
    failed=1
}

rank() {
    local i
    for i in "${!order[@]}"; do
        [[ ${order[i]} == "$1" ]] && echo "$i" && return
    done
    echo -1
}

# Lines "file:line:path" of every include in the given folder.
includes() {
    [[ -d $1 ]] || return 0
    grep -rnoE --include='*.[ch]' --include='*.cc' --include='*.def' \
        '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]+' "$1" |
        sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*["<]/:/'
}

while IFS=: read -r file line path; do
    case $path in
    api/* | server/*) fail "$file:$line: core may not include $path" ;;
    tests/*) fail "$file:$line: core may not include $path" ;;
    jansson.h | microhttpd.h | sodium.h | sqlite3.h) fail "$file:$line: core may not know $path" ;;
    core/*)
        from=$(rank "$(cut -d/ -f2 <<<"$file")")
        to=$(rank "$(cut -d/ -f2 <<<"$path")")
        ((from >= 0)) || fail "$file: the folder is not in the list of layers"
        ((to >= 0)) || fail "$file:$line: $path is in no layer of core"
        ((to <= from)) || fail "$file:$line: may not include $path, which stands behind it"
        ;;
    */*.h | */*.def)
        [[ -e $path ]] && fail "$file:$line: write the path from the root of the repository"
        ;;
    esac
done < <(includes core)

while IFS=: read -r file line path; do
    case $path in
    server/* | tests/*) fail "$file:$line: api may not include $path" ;;
    microhttpd.h) fail "$file:$line: api may not know $path" ;;
    esac
done < <(includes api)

while IFS=: read -r file line path; do
    case $path in
    tests/*) fail "$file:$line: server may not include $path" ;;
    core/base/* | core/data/* | core/math/*) ;;
    core/*) fail "$file:$line: server asks api, not $path" ;;
    esac
done < <(includes server)

# Every quoted include is rooted at the repository.
while IFS= read -r hit; do
    fail "$hit: write the path from the root of the repository"
done < <(grep -rnE --include='*.[ch]' --include='*.cc' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^/"]+"' \
    core api server tests 2>/dev/null || true)

# Prints the undefined symbols of an archive that match a pattern.
undefined() {
    nm --undefined-only "$1" 2>/dev/null | awk 'NF == 2 { print $2 }' | sort -u | grep -E "$2" || true
}

if [[ -n $core_archive && -e $core_archive ]]; then
    for symbol in $(undefined "$core_archive" '^(json_|jansson|MHD_|sodium_|crypto_|sqlite3_|mled_)|^mle_(api|op|call|problem)_'); do
        fail "core uses $symbol, which is not its business"
    done
    for symbol in $(undefined "$core_archive" '^(printf|puts|putchar|fopen|fopen64|fwrite|open|open64|socket|syslog|exit|_exit|setlocale)$|^__printf_chk$'); do
        fail "core calls $symbol: core does not log, print or read files"
    done
fi
if [[ -n $api_archive && -e $api_archive ]]; then
    for symbol in $(undefined "$api_archive" '^(MHD_|mled_)'); do
        fail "api uses $symbol, which is not its business"
    done
    for symbol in $(undefined "$api_archive" '^(printf|puts|putchar|fopen|fopen64|socket|syslog|exit|_exit|setlocale)$|^__printf_chk$'); do
        fail "api calls $symbol: api does not log, print or read files"
    done
fi

((failed == 0)) && echo "layers: clean"
exit "$failed"
