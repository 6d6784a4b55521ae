#!/bin/bash
# Makes sure that the packages of the named sections of deploy/packages.txt are installed. Asks apt
# only when one is missing, so that it works without a network otherwise.
#   packages.sh run|build|test...            install
#   packages.sh --list run|build|test...     print the names
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Names in the given sections, one a line.
names() {
    awk -v wanted=" $* " '
        /^[[:space:]]*(#|$)/ { next }
        /^\[.*\]$/ { section = substr($0, 2, length($0) - 2); next }
        index(wanted, " " section " ") { print $1 }' "$here/packages.txt"
}

if [[ ${1:-} == --list ]]; then
    shift
    names "$@"
    exit
fi

missing=()
while IFS= read -r package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
        missing+=("$package")
done < <(names "$@")
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "these packages are missing, and there is no sudo to install them: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "installing: ${missing[*]}" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -qq >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install \
    -y -qq --no-install-recommends "${missing[@]}" >&2
