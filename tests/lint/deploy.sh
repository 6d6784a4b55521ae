#!/bin/bash
# The files of deploy/ through the programs that read them, as far as those are installed.
#   deploy.sh SOURCE_ROOT
# check calls the functions by their names:
# shellcheck disable=SC2317
set -euo pipefail

cd "${1:?the root of the sources}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check NAME PROGRAM COMMAND...: says what came of it; anything on stderr is a failure too, because
# systemd-analyze warns of an unknown key and ends with 0
check() {
    local name=$1
    if ! command -v "$2" >/dev/null; then
        echo "$name: not checked, there is no $2"
    elif "${@:3}" >"$work/out" 2>&1 && [[ ! -s $work/out ]]; then
        echo "$name: clean"
    else
        sed "s|^|$name: |" "$work/out"
        failed=1
    fi
}

# the program need not be installed here
unit() {
    sed 's|/usr/local/bin/mled|/bin/true|' deploy/systemd/mled.service >"$work/mled.service"
    systemd-analyze verify --man=no "$work/mled.service"
}

compose() {
    docker-compose -f deploy/compose.yaml config -q
}

proxy() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=mled.example.org \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    sed "s|/etc/ssl/certs/mled.pem|$work/cert.pem|; s|/etc/ssl/private/mled.key|$work/key.pem|" \
        deploy/nginx/mled.conf >"$work/mled.conf"
    printf 'pid %s/pid; error_log stderr; events {} http { access_log off; include %s/mled.conf; }\n' \
        "$work" "$work" >"$work/nginx.conf"
    "$nginx" -t -q -p "$work" -c "$work/nginx.conf"
}

pods() {
    /usr/bin/python3 - deploy/k8s/mled.yaml <<'END'
import sys, yaml
kinds = [document["kind"] for document in yaml.safe_load_all(open(sys.argv[1]))]
assert kinds == ["Deployment", "Service", "PodDisruptionBudget"], kinds
END
}

# Debian keeps it out of a user's path
nginx=$(command -v nginx || echo /usr/sbin/nginx)
check systemd systemd-analyze unit
check compose docker-compose compose
check nginx "$nginx" proxy
if /usr/bin/python3 -c 'import yaml' 2>/dev/null; then
    check k8s /usr/bin/python3 pods
fi
exit "$failed"
