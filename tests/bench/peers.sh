#!/bin/bash
# mled beside two Python services on the same small fit (tests/bench/peers.py):
#   tests/bench/peers.sh BUILD [rounds [seconds]]
# BUILD is a release build with -Dbench=true. Needs the packages python3-fastapi python3-uvicorn
# python3-uvloop python3-httptools python3-ujson python3-scipy; each service has one process, as
# mled has.
set -euo pipefail

build=$(realpath "${1:?usage: peers.sh BUILD [rounds [seconds]]}")
cd "$(dirname "$0")"
port=${PORT:-8101}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 -m uvicorn peers:app --host 127.0.0.1 --port "$port" --workers 1 \
    --log-level error --no-access-log &
service=$!
trap 'kill $service; wait $service 2>/dev/null' EXIT
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.2
done
"$build/tests/bench/bench_http" "$build/tests/bench/bench_hello" "$build/server/mled" \
    "${2:-5}" "${3:-1}" "idiomatic=$port:/fit:$service" "tuned=$port:/fit_raw:$service"
