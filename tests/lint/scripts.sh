#!/bin/bash
# Every shell script of the repository through shellcheck.
#   scripts.sh SOURCE_ROOT
set -euo pipefail

cd "${1:?the root of the sources}"
mapfile -t files < <(find . -path ./.git -prune -o -path './build*' -prune -o -name '*.sh' -print | sort)
[[ -e .ci/run ]] && files+=(.ci/run)
shellcheck --shell=bash "${files[@]}"
echo "scripts: clean"
