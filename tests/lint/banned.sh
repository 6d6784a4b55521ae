#!/bin/bash
# Words that may not stand in the sources, and the reason. Comments do not count.
#   banned.sh SOURCE_ROOT
set -euo pipefail

cd "${1:?the root of the sources}"
failed=0

# Prints "file:line:text" of the C sources in the given folders without comments and strings.
code() {
    local file
    find "$@" \( -name '*.[ch]' -o -name '*.cc' -o -name '*.def' \) -print 2>/dev/null | sort |
        while IFS= read -r file; do
            awk -v file="$file" '
            {
                line = $0; out = ""
                while (line != "") {
                    if (comment) {
                        at = index(line, "*/")
                        if (!at) break
                        comment = 0; line = substr(line, at + 2)
                    } else if (match(line, /^"([^"\\]|\\.)*"/)) {
                        out = out "\"\""; line = substr(line, RLENGTH + 1)
                    } else if (match(line, /^\047([^\047\\]|\\.)*\047/)) {
                        out = out "0"; line = substr(line, RLENGTH + 1)
                    } else if (substr(line, 1, 2) == "/*") {
                        comment = 1; line = substr(line, 3)
                    } else if (substr(line, 1, 2) == "//") {
                        break
                    } else {
                        out = out substr(line, 1, 1); line = substr(line, 2)
                    }
                }
                if (out ~ /[^[:space:]]/) print file ":" FNR ":" out
            }' "$file"
        done
}

# ban REASON PATTERN [files to leave out, as an extended regular expression]
ban() {
    local hits
    hits=$(grep -E "^[^:]*:[0-9]+:.*$2" <<<"$source" | { [[ -n ${3:-} ]] && grep -vE "^($3):" || cat; } || true)
    [[ -z $hits ]] && return
    echo "$1:"
    echo "$hits"
    failed=1
}

# A call of one of the functions named.
call() {
    echo "(^|[^A-Za-z0-9_>.])($1)[[:space:]]*\("
}

source=$(code core api server tests)
ban "no bounds: use mle_copy_text or snprintf" "$(call 'strcpy|strcat|sprintf|vsprintf|gets|stpcpy')"
ban "hidden state: use strtok_r or write the loop" "$(call 'strtok')"
ban "no error report: read numbers with the api's reader" "$(call 'atoi|atol|atoll|atof')"
ban "unbounded stack" "$(call 'alloca')"
ban "the locale stays C" "$(call 'setlocale|uselocale')"
ban "not safe in threads" "$(call 'localtime|gmtime|asctime|ctime|rand|srand|lgamma|lgammaf')" \
    "tests/.*"

source=$(code core api)
ban "depends on the locale: use the api's number reader" "$(call 'strtod|strtof|strtold|sscanf|fscanf|scanf')"
ban "core and api never print" "$(call 'printf|puts|putchar|perror|vprintf')|(^|[^A-Za-z0-9_])(stdout|stderr)([^A-Za-z0-9_]|$)"
ban "core and api never end the process" "$(call 'exit|_exit|abort|quick_exit')"

source=$(code core)
ban "memory of core comes from an arena" "$(call 'malloc|calloc|realloc|reallocarray|aligned_alloc|posix_memalign|free|strdup|strndup')" \
    "core/base/arena.c|core/base/memory.c|core/base/pool.c|core/data/data.c"
ban "the only locks of core are the pool's" "$(call 'pthread_mutex_[a-z]+|pthread_rwlock_[a-z]+|pthread_create')" \
    "core/base/pool.c"

ban "only the choice of instructions looks at the environment" "$(call 'getenv|secure_getenv')" \
    "core/math/clones.c"

# Flags that break floating point, wherever they are written.
flags='-f(fast-math|unsafe-math-optimizations|finite-math-only|associative-math|reciprocal-math)|-Ofast'
hits=$(grep -rnE --include=meson.build --include=meson_options.txt --include='*.sh' --include=Dockerfile \
    --include='*.yaml' --include='*.ini' -e "$flags" . 2>/dev/null | grep -vE '^\./(build|tests/lint/banned\.sh)|:[[:space:]]*#' || true)
if [[ -n $hits ]]; then
    echo "folds isnan() and flushes denormals in the whole process:"
    echo "$hits"
    failed=1
fi
source=$(code core api server tests)
ban "changes floating point" '#[[:space:]]*pragma.*(fast-math|Ofast)|__attribute__.*(fast-math|Ofast)'

((failed == 0)) && echo "banned: clean"
exit "$failed"
