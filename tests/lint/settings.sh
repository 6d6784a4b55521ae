#!/bin/bash
# deploy/mled.conf.example names every setting with its default and what --help says of it, and the
# program accepts it, as it is and with every line in force. --fix writes it anew.
#   settings.sh SOURCE_ROOT MLED [--fix]
set -euo pipefail

mled=$(realpath "${2:?the program}")
cd "${1:?the root of the sources}"
example=deploy/mled.conf.example
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

write() {
    cat <<'END'
# Settings of mled, every one with its default; take the '#' before a key away to change it.
#   mled --config FILE [--check-config | --print-config]
# A flag (--max-rows 5) is stronger than an environment variable (MLED_MAX_ROWS=5), and that is
# stronger than a line here. Sizes take KiB, MiB and GiB, times are seconds.
# "ninja settings" in a build folder writes this file from server/config.def.
END
    env -i "$mled" --help | awk '
        /^Settings:/ { on = 1; next }
        !NF { on = 0 }
        on {
            key = substr($1, 3)
            doc = substr($0, index($0, $1) + length($1))
            sub(/^ +/, "", doc)
            value = ""
            if (match(doc, / \[[^\]]*\]$/)) {
                value = substr(doc, RSTART + 2, RLENGTH - 3)
                doc = substr(doc, 1, RSTART - 1)
            }
            printf "\n# %s\n#%s =%s%s\n", doc, key, value == "" ? "" : " ", value
        }'
}

if [[ ${3:-} == --fix ]]; then
    write >"$work/example"
    cp "$work/example" "$example"
    exit
fi
write | diff -u --label "$example" --label "$example, as server/config.def wants it" "$example" - || {
    echo "write it anew: ninja settings"
    exit 1
}
sed -E 's/^#([a-z])/\1/' "$example" >"$work/in-force"
for file in "$example" "$work/in-force"; do
    env -i "$mled" --config "$file" --check-config >/dev/null
done
# every key is in the file, and none has another value than the default
values() { awk '{ sub(/ *#.*/, ""); print }'; }
diff <(env -i "$mled" --print-config | values) <(env -i "$mled" --config "$work/in-force" --print-config | values)
echo "settings: clean"
