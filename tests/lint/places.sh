#!/bin/bash
# Nothing committed may name a place that only one machine has: home and work directories, package
# mirrors and registries.
#   places.sh SOURCE_ROOT
set -euo pipefail

cd "${1:?the root of the sources}"
# assembled from pieces, so that this file does not name them itself
hosts='pypi\.''org|files\.python''hosted\.org|registry\.npm''js\.org|proxy\.go''lang\.org|crates\.''io|deb\.debian\.''org'
hosts+='|security\.debian\.''org|archive\.ubuntu\.''com|index\.docker\.''io|rubygems\.''org|repo\.maven\.''apache\.org'
paths='/''work/|/home''/[a-z]|/ro''ot/|/Us''ers/[A-Za-z]|/tmp/bash''_jobs'

files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -z
    else
        find . -type f -not -path './build*' -not -path './.git/*' -print0
    fi
}

if files | xargs -0 grep -nIE -e "$hosts" -e "$paths" 2>/dev/null; then
    echo "^ names a place that other machines do not have"
    exit 1
fi
echo "places: clean"
