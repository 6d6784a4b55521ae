#!/bin/bash
# Whether clang-format would change a C source; "ninja format" in a build folder does it.
#   format.sh SOURCE_ROOT [--fix]
set -euo pipefail

cd "${1:?the root of the sources}"
mapfile -t files < <(find core api server tests \( -name '*.[ch]' -o -name '*.cc' \) -print | sort)
if [[ ${2:-} == --fix ]]; then
    clang-format -i "${files[@]}"
    exit
fi
failed=0
for file in "${files[@]}"; do
    if ! clang-format "$file" | diff -u --label "$file" --label "$file as it should be" "$file" -; then
        failed=1
    fi
done
((failed == 0)) && echo "format: clean"
exit "$failed"
