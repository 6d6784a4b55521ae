#!/bin/bash
# clang-tidy over the tree, with the commands of a build less the arguments that only gcc knows.
#   tidy.sh SOURCE_ROOT BUILD_ROOT
set -euo pipefail

source=$(realpath "${1:?the root of the sources}")
commands=$(realpath "${2:?the folder of the build}")/compile_commands.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -E 's/ -fvect-cost-model=[a-z]+//g' "$commands" >"$work/compile_commands.json"
run-clang-tidy -quiet -p "$work" -extra-arg=-Wno-unknown-warning-option \
    "$source/(core|api|server|tests)/"
