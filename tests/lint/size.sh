#!/bin/bash
# Files of at most 600 lines, functions of at most 80 (aim: 400 and 40).
#   size.sh SOURCE_ROOT
set -euo pipefail

cd "${1:?the root of the sources}"
max_file=600
max_function=80
failed=0

while IFS= read -r file; do
    lines=$(wc -l <"$file")
    if ((lines > max_file)); then
        echo "$file: $lines lines, at most $max_file"
        failed=1
    fi
    # The formatter puts a function's braces alone in the first column.
    if ! awk -v file="$file" -v max="$max_function" '
        /^[A-Za-z_].*\(/ && !/;[[:space:]]*$/ { head = $0 }
        /^\{$/ { start = FNR }
        /^\}$/ && start {
            if (FNR - start - 1 > max) {
                printf "%s:%d: %d lines in a function, at most %d: %s\n", file, start, FNR - start - 1, max, head
                bad = 1
            }
            start = 0
        }
        END { exit bad }' "$file"; then
        failed=1
    fi
done < <(find core api server tests \( -name '*.[ch]' -o -name '*.cc' \) -print 2>/dev/null | sort)

((failed == 0)) && echo "size: clean"
exit "$failed"
